import type { PythonSession } from 'agentchat-sandbox'
import { wrappedSession } from './wrapped-session.ts'

/** The same session, which takes a place before it is first used and gives it back when it is closed. */
export function placedSession(inner: PythonSession, take: () => Promise<Disposable>): PythonSession {
  let place: Promise<Disposable> | null = null
  let closed = false
  return wrappedSession(inner, {
    before: async () => {
      // What is closed says so itself.
      if (!closed) place ??= take()
      await place
    },
    close: async () => {
      closed = true
      await inner.close()
      const held = place
      place = null
      // One that was not to be had is not given back.
      const taken = await held?.catch(() => null)
      taken?.[Symbol.dispose]()
    },
  })
}
