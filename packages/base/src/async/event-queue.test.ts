import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

const queueOfTexts = (high: number) => new EventQueue<string>(high, (value) => value.length)

async function all(queue: AsyncIterable<string>): Promise<string[]> {
  const values: string[] = []
  for await (const value of queue) values.push(value)
  return values
}

test('EventQueue hands over values in order, those of before and those of during the loop', async () => {
  const queue = queueOfTexts(100)
  queue.push('a')
  const reading = all(queue)
  queue.push('b')
  await Promise.resolve()
  queue.push('c')
  queue.close()
  expect(await reading).toEqual(['a', 'b', 'c'])
})

test('EventQueue wakes a consumer that waits', async () => {
  const queue = queueOfTexts(100)
  const next = queue[Symbol.asyncIterator]().next()
  setTimeout(() => queue.push('late'), 10)
  expect(await next).toEqual({ done: false, value: 'late' })
})

test('EventQueue ends a consumer that waits when it is closed', async () => {
  const queue = queueOfTexts(100)
  const reading = all(queue)
  await Promise.resolve()
  queue.close()
  queue.close()
  expect(await reading).toEqual([])
})

test('EventQueue gives what is there and then the error', async () => {
  const queue = queueOfTexts(100)
  queue.push('a')
  queue.fail(new Error('broken'))
  queue.fail(new Error('again'))
  const events = queue[Symbol.asyncIterator]()
  expect(await events.next()).toEqual({ done: false, value: 'a' })
  await expect(events.next()).rejects.toThrow('broken')
})

test('EventQueue drops what comes after its end', async () => {
  const queue = queueOfTexts(1)
  queue.close()
  expect(queue.push('late')).toBe(true)
  queue.fail(new Error('late'))
  expect(await all(queue)).toEqual([])
})

test('EventQueue asks the producer to wait from its high mark on, and lets it go on below', async () => {
  const queue = queueOfTexts(4)
  expect(queue.push('aaa')).toBe(true)
  expect(queue.push('b')).toBe(false)
  let drained = false
  void queue.drained.then(() => {
    drained = true
  })
  const events = queue[Symbol.asyncIterator]()
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(drained).toBe(false)
  await events.next()
  await queue.drained
  expect(drained).toBe(true)
})

test('EventQueue.drained resolves at once when there is room', async () => {
  await expect(queueOfTexts(1).drained).resolves.toBeUndefined()
})

test('EventQueue counts what weighs nothing as nothing', () => {
  const queue = new EventQueue<number>(1, () => 0)
  for (let count = 0; count < 1000; count++) expect(queue.push(count)).toBe(true)
})
