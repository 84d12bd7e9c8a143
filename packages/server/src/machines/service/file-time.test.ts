import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FileTime } from './file-time.ts'

const given: number[] = []
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  given.length = 0
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    given.push(ms)
    return new AbortController().signal
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('FileTime gives all files two minutes together, and more only for their bytes', () => {
  const time = new FileTime()
  for (let n = 0; n < 10; n += 1) {
    time.forBytes(0)
    vi.advanceTimersByTime(13_000)
  }
  expect(given[0]).toBe(120_000)
  expect(given[9]).toBe(3000)
  time.forBytes(1)
  expect(given.at(-1)).toBe(0)
  time.forBytes(256 * 60_000)
  expect(given.at(-1)).toBeGreaterThan(40_000)
  expect(given.at(-1)).toBeLessThan(60_000)
})
