import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { expect, test } from 'vitest'
import { inBuildPlace, sharedBuild } from './shared-builds.ts'

test('inBuildPlace() lets two build at a time, and refuses who comes when too many wait', async () => {
  const end = deferred<void>()
  let building = 0
  const { signal } = new AbortController()
  const build = async () => {
    building += 1
    await end.promise
  }
  const all = Array.from({ length: 102 }, () => inBuildPlace(build, signal))
  await expect(inBuildPlace(build, signal)).rejects.toMatchObject({ code: 'queue-full' })
  expect(building).toBe(2)
  end.resolve()
  await Promise.all(all)
  expect(building).toBe(102)
})

test('sharedBuild() builds a folder once, until the last who waits has given it up', async () => {
  const signals: AbortSignal[] = []
  const build = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signals.push(signal)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const [first, second] = [new AbortController(), new AbortController()]
  const both = [first, second].map(({ signal }) => sharedBuild('/nowhere', build, signal))
  const ended = Promise.allSettled(both)
  first.abort(new Error('first'))
  await expect(both[0]).rejects.toThrow('first')
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  second.abort(new Error('second'))
  await ended
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})
