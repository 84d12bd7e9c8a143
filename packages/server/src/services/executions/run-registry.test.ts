import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { expect, test } from 'vitest'
import type { LiveRun } from './live-run.ts'
import { RunRegistry } from './run-registry.ts'

/** A run that notes how it was stopped. */
function runOf(id: string) {
  const stops: string[] = []
  const run = { id, userId: 'ada', done: false, size: 0, ended: Promise.resolve() }
  const end = () => {
    run.done = true
  }
  return {
    stops,
    end,
    run: Object.assign(run, { stop: (why: string) => stops.push(why) }) as unknown as LiveRun,
  }
}

test('close() waits for a run that was let in before it and added after it, and ends that', async () => {
  const runs = new RunRegistry()
  const letIn = runs.begin()
  let closed = false
  const closing = runs.close(0).then(() => {
    closed = true
  })
  expect(() => runs.begin()).toThrow('shutting down')
  // What was let in is recorded now, after all that runs was told to end.
  const recorded = deferred<void>()
  const late = runOf('exe_late')
  runs.add(late.run, recorded.promise)
  letIn[Symbol.dispose]()
  await new Promise((resolve) => setImmediate(resolve))
  expect([late.stops, closed, runs.active]).toEqual([['interrupted'], false, 1])
  recorded.resolve()
  await closing
  expect(runs.active).toBe(0)
})

test('close() lets what runs come to its end within the grace', async () => {
  const runs = new RunRegistry()
  const recorded = deferred<void>()
  const quick = runOf('exe_quick')
  runs.add(quick.run, recorded.promise)
  const closing = runs.close(60_000)
  quick.end()
  recorded.resolve()
  await closing
  expect(quick.stops).toEqual([])
})
