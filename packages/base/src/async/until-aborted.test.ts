import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { joinSignals } from './join-signals.ts'
import { untilAborted } from './until-aborted.ts'

const never = new Promise<never>(() => {})
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

test('untilAborted() gives what came of the work, and leaves no listener', async () => {
  const { signal } = new AbortController()
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
  expect(await untilAborted(Promise.resolve(2), undefined)).toBe(2)
  expect(listeners(signal)).toBe(0)
})

test('untilAborted() rejects with the reason at once, and takes a later failure of the work for nobody', async () => {
  const controller = new AbortController()
  const late = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('late')), 10))
  const waiting = untilAborted(late, controller.signal)
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(untilAborted(never, controller.signal)).rejects.toBe('enough')
  // Vitest fails a file whose tests leave an unhandled rejection.
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(listeners(controller.signal)).toBe(0)
})

test('joinSignals() is aborted with the first of them, and leaves no listener', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  {
    using joined = joinSignals(one.signal, undefined, other.signal)
    expect(joined.signal.aborted).toBe(false)
    other.abort('why')
    expect(joined.signal.reason).toBe('why')
    using early = joinSignals(one.signal, other.signal)
    expect(early.signal.reason).toBe('why')
  }
  using unused = joinSignals(one.signal)
  unused[Symbol.dispose]()
  one.abort()
  expect(unused.signal.aborted).toBe(false)
  expect([listeners(one.signal), listeners(other.signal)]).toEqual([0, 0])
})
