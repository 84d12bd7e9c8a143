import { expect, test } from 'vitest'
import { QueueFullError } from './errors/errors.ts'
import { Places } from './places.ts'

test('Places lets so many in at a time, the others in their order', async () => {
  const places = new Places({ max: 2, maxQueue: 10 })
  await places.take(undefined)
  await places.take(undefined)
  const order: number[] = []
  const waiting = [1, 2].map((number) => places.take(undefined).then(() => order.push(number)))
  await Promise.resolve()
  expect(order).toEqual([])
  places.free()
  await waiting[0]
  expect(order).toEqual([1])
  places.free()
  await waiting[1]
  expect(order).toEqual([1, 2])
})

test('Places refuses who would wait past the queue, and forgets who gives up waiting', async () => {
  const places = new Places({ max: 1, maxQueue: 1 })
  await places.take(undefined)
  const abort = new AbortController()
  const waiting = places.take(abort.signal)
  await expect(places.take(undefined)).rejects.toBeInstanceOf(QueueFullError)
  abort.abort(new Error('given up'))
  await expect(waiting).rejects.toThrow('given up')
  const next = places.take(undefined)
  places.free()
  await next
})

test('Places refuse what is no number of them', () => {
  for (const max of [0, -1, 1.5, Number.NaN]) expect(() => new Places({ max })).toThrow(RangeError)
  expect(() => new Places({ max: 1, maxQueue: -1 })).toThrow(RangeError)
})
