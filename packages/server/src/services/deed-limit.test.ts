import { expect, test } from 'vitest'
import { DeedLimit, FREE_DEEDS } from './deed-limit.ts'

test('DeedLimit gives each user so many deeds, and one more every half second', () => {
  let now = 0
  const limit = new DeedLimit(() => now)
  const taken = (user: string, count: number) =>
    Array.from({ length: count }, () => limit.take(user)).filter((wait) => wait === 0).length
  expect(taken('usr_a', FREE_DEEDS + 100)).toBe(FREE_DEEDS)
  expect(limit.take('usr_a')).toBe(1)
  expect(taken('usr_b', 10)).toBe(10)
  now += 5000
  expect(taken('usr_a', 100)).toBe(10)
  now += 3_600_000
  expect(taken('usr_a', FREE_DEEDS + 100)).toBe(FREE_DEEDS)
})
