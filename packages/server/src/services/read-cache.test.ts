import { expect, test } from 'vitest'
import { ReadCache } from './read-cache.ts'

test('read() loads once until something of the topic is written', async () => {
  const cache = new ReadCache(true)
  let loads = 0
  const read = () => cache.read('tools', 'key', async () => ++loads)
  expect([await read(), await read()]).toEqual([1, 1])
  cache.forget('identity')
  expect(await read()).toBe(1)
  cache.forget('tools')
  expect(await read()).toBe(2)
})

test('read() does not remember what a write overtook, nor nothing, nor what is large', async () => {
  const cache = new ReadCache(true)
  let loads = 0
  const overtaken = () =>
    cache.read('tools', 'key', async () => {
      cache.forget('tools')
      return ++loads
    })
  expect([await overtaken(), await overtaken()]).toEqual([1, 2])
  const counted = (value: unknown) => () =>
    cache.read('identity', 'key', async () => {
      loads += 1
      return value
    })
  for (const value of [null, 'x'.repeat(100_000)]) {
    loads = 0
    await counted(value)()
    await counted(value)()
    expect(loads).toBe(2)
  }
})

test('read() holds a bounded number of things, and none where others write too', async () => {
  const cache = new ReadCache(true)
  for (let n = 0; n <= 500; n += 1) await cache.read('tools', `${n}`, async () => n)
  expect(await cache.read('tools', '0', async () => 'anew')).toBe('anew')
  expect(await cache.read('tools', '500', async () => 'anew')).toBe(500)
  const off = new ReadCache(false)
  await off.read('tools', 'key', async () => 1)
  expect(await off.read('tools', 'key', async () => 2)).toBe(2)
})
