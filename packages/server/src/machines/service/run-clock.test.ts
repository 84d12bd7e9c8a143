import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RunClock } from './run-clock.ts'

// Two minutes go by in no time: what is waited for is the clock itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const minutes = (count: number) => vi.advanceTimersByTime(count * 60_000)

test('is over two minutes after the limit, whatever is told meanwhile', () => {
  using clock = new RunClock({ timeoutSeconds: 60, interactive: true })
  minutes(2.9)
  for (const type of ['stdout', 'usage', 'progress']) clock.saw(type)
  expect(clock.over.aborted).toBe(false)
  minutes(0.2)
  expect(clock.over.aborted).toBe(true)
})

test('is over 15 seconds after the end was asked for', () => {
  using clock = new RunClock({ timeoutSeconds: 3600, interactive: false })
  clock.cancel()
  vi.advanceTimersByTime(14_000)
  expect(clock.over.aborted).toBe(false)
  vi.advanceTimersByTime(2000)
  expect(clock.over.aborted).toBe(true)
})

test('stands still while the code waits for a line of input', () => {
  using clock = new RunClock({ timeoutSeconds: 60, interactive: true })
  minutes(1)
  clock.saw('input-request')
  minutes(100)
  clock.saw('usage')
  minutes(100)
  expect(clock.over.aborted).toBe(false)
  clock.saw('stdout')
  minutes(2.9)
  expect(clock.over.aborted).toBe(false)
  minutes(0.2)
  expect(clock.over.aborted).toBe(true)
})

test('goes on when one that was given no lines says that it waits for one', () => {
  using clock = new RunClock({ timeoutSeconds: 60, interactive: false })
  for (let n = 0; n < 4; n += 1) {
    clock.saw('input-request')
    minutes(0.5)
    clock.saw('stdout')
    minutes(0.3)
  }
  expect(clock.over.aborted).toBe(true)
})

test('stands still while a call of a tool is under way', () => {
  const calls: { idleSince: number | null } = { idleSince: null }
  using clock = new RunClock({ timeoutSeconds: 60, interactive: false, calls })
  minutes(100)
  expect(clock.over.aborted).toBe(false)
  calls.idleSince = performance.now()
  minutes(2.9)
  expect(clock.over.aborted).toBe(false)
  minutes(0.2)
  expect(clock.over.aborted).toBe(true)
})

test('says nothing any more when it is disposed', () => {
  const clock = new RunClock({ timeoutSeconds: 1, interactive: false })
  clock[Symbol.dispose]()
  minutes(10)
  expect(clock.over.aborted).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})
