import { expect, test } from 'vitest'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import { LiveRun } from './live-run.ts'
import { RUN_EVENTS, type RunEvent } from './run-events.ts'

const usage = (wallMs: number): RunEvent => ({
  ...{ type: 'usage', wallMs, cpuMs: 0, queueMs: 0, startMs: 0, packagesMs: 0, peakMemoryBytes: 0 },
  ...{ stdoutBytes: 0, stderrBytes: 0, memoryBytes: 0, pythonHeapBytes: null },
})

test('LiveRun holds the latest usage alone, however many were told and read', async () => {
  const run = new LiveRun('exe_1', 'usr_1', RUN_EVENTS)
  run.push({ type: 'started' })
  const events = run.follow(0)
  const seen: number[] = []
  for (let n = 0; n < 100; n += 1) {
    run.push(usage(n))
    const { value } = await events.next()
    seen.push(value?.id ?? 0)
    if (n === 50) run.push({ type: 'stdout', text: 'x' })
  }
  expect(seen).toEqual([...seen].sort((one, other) => one - other))
  expect(new Set(seen).size).toBe(seen.length)
  expect(run.size).toBeLessThan(1500)
  // Who comes late, or comes again after a number that is gone, misses nothing else.
  run.finish({} as ExecutionRow)
  const late = async (after: number) => {
    const types: string[] = []
    for await (const { event } of run.follow(after)) types.push(event.type)
    return types
  }
  expect(await late(0)).toEqual(['started', 'usage', 'stdout', 'usage'])
  expect(await late(10)).toEqual(['usage', 'stdout', 'usage'])
  expect(await late(1000)).toEqual([])
})
