import { setImmediate } from 'node:timers/promises'
import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { expect, test } from 'vitest'
import { laneNow } from '../../db/lanes.ts'
import { AskerPlaces } from './asker-places.ts'

test('AskerPlaces answers eight questions of a machine at a time, in order, and others at once', async () => {
  const places = new AskerPlaces()
  const [hold, begun] = [deferred<void>(), [] as string[]]
  const ask = (machine: string, name: string) =>
    places.take(machine, 1, async () => {
      begun.push(`${name} for ${laneNow()}`)
      await hold.promise
    })
  for (let n = 0; n < 100; n += 1) expect(ask('m1', `${n}`)).toBe(true)
  await expect.poll(() => begun.length).toBe(8)
  expect(ask('m2', 'other')).toBe(true)
  expect(begun.at(-1)).toBe('other for machine m2')
  for (let n = 0; n < 20; n += 1) await setImmediate()
  expect(begun).toHaveLength(9)
  hold.resolve()
  await expect.poll(() => places.size).toBe(0)
  const own = begun.filter((each) => each.endsWith('m1'))
  expect(own).toEqual(Array.from({ length: 100 }, (_, n) => `${n} for machine m1`))
})

test('AskerPlaces does not answer what is too much, and is free again afterwards', async () => {
  const places = new AskerPlaces()
  const hold = deferred<void>()
  const ask = (bytes: number) => places.take('m1', bytes, () => hold.promise)
  const taken = Array.from({ length: 5000 }, () => ask(1)).filter(Boolean)
  expect(taken).toHaveLength(1 + 2000)
  hold.resolve()
  await expect.poll(() => places.size).toBe(0)
  const again = deferred<void>()
  const large = Array.from({ length: 1000 }, () => places.take('m1', 2 ** 20, () => again.promise))
  expect(large.filter(Boolean)).toHaveLength(1 + 64)
  again.resolve()
  await expect.poll(() => places.size).toBe(0)
})

test('AskerPlaces gives others their turn between answers that never wait', async () => {
  const places = new AskerPlaces()
  let answered = 0
  for (let n = 0; n < 1000; n += 1)
    places.take('m1', 1, async () => {
      answered += 1
    })
  for (let n = 0; n < 10; n += 1) await setImmediate()
  expect(answered).toBeLessThan(100)
  await expect.poll(() => answered).toBe(1000)
})

test('AskerPlaces gives a machine whose questions take the processor a part of it only', async () => {
  const places = new AskerPlaces()
  let worked = 0
  const began = performance.now()
  for (let n = 0; n < 20; n += 1)
    places.take('m1', 1, async () => {
      const from = performance.now()
      while (performance.now() - from < 10);
      worked += 10
    })
  await expect.poll(() => worked, { timeout: 20_000 }).toBe(200)
  expect(performance.now() - began).toBeGreaterThan(4 * 190)
})
