import { expect, test } from 'vitest'
import { ExecutionTurns } from './execution-turns.ts'

const never = new AbortController().signal

test('ExecutionTurns gives one turn of a session at a time, in the order in which they are asked for', async () => {
  const turns = new ExecutionTurns()
  const order: number[] = []
  const first = await turns.enter('a', never)
  const controller = new AbortController()
  const waiting = [1, 2, 3].map(async (n) => {
    using _turn = await turns.enter('a', n === 2 ? controller.signal : never)
    order.push(n)
  })
  using _other = await turns.enter('b', never)
  controller.abort()
  await expect.poll(() => order).toEqual([2])
  first[Symbol.dispose]()
  await Promise.all(waiting)
  expect(order).toEqual([2, 1, 3])
})
