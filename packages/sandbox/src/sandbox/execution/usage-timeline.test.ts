import { expect, test } from 'vitest'
import { MAX_SAMPLES, UsageTimeline } from './usage-timeline.ts'

const sample = (wallMs: number) => ({ wallMs, cpuMs: 0, memoryBytes: 0, pythonHeapBytes: null })

test('UsageTimeline keeps every sample of a short run', () => {
  const timeline = new UsageTimeline()
  for (let n = 0; n < MAX_SAMPLES - 1; n += 1) timeline.add(sample(n))
  expect(timeline.samples.map(({ wallMs }) => wallMs)).toEqual(
    Array.from({ length: MAX_SAMPLES - 1 }, (_, n) => n),
  )
})

test.each([MAX_SAMPLES, 1000, 345_600])('UsageTimeline is bounded and even after %s samples', (count) => {
  const timeline = new UsageTimeline()
  for (let n = 0; n < count; n += 1) timeline.add(sample(n))
  const times = timeline.samples.map(({ wallMs }) => wallMs)
  expect(times.length).toBeLessThan(MAX_SAMPLES)
  expect(times.length).toBeGreaterThanOrEqual(MAX_SAMPLES / 2)
  const [step = 0] = times.slice(1)
  expect(times).toEqual(times.map((_, index) => index * step))
  expect(times.at(-1)).toBeGreaterThanOrEqual(count - 2 * step)
})
