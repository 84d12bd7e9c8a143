import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RunClock } from './run-clock.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('RunClock counts wall clock while it runs, and CPU time while it is stopped', () => {
  const onLimit = vi.fn()
  const clock = new RunClock(1000, onLimit)
  expect(clock.countedMs(0)).toBe(0)
  clock.begin()
  vi.advanceTimersByTime(400)
  clock.stop(50)
  clock.stop(50)
  vi.advanceTimersByTime(5000)
  clock.look(150)
  expect([clock.countedMs(150), onLimit.mock.calls.length]).toEqual([500, 0])
  clock.go(150)
  vi.advanceTimersByTime(5000)
  clock.go(250)
  expect(clock.countedMs(250)).toBe(600)
  vi.advanceTimersByTime(399)
  expect(onLimit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2)
  expect(onLimit).toHaveBeenCalledOnce()
})

test('RunClock tells of the limit while it is stopped, once the CPU time has passed it, and not after its end', () => {
  const onLimit = vi.fn()
  const clock = new RunClock(1000, onLimit)
  clock.stop(0)
  clock.begin()
  clock.stop(100)
  clock.look(1000)
  expect(onLimit).not.toHaveBeenCalled()
  clock.look(1001)
  expect(onLimit).toHaveBeenCalledOnce()
  clock.end()
  clock.look(9000)
  vi.advanceTimersByTime(9000)
  expect(onLimit).toHaveBeenCalledOnce()
})
