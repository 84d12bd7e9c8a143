import type { PythonSession } from 'agentchat-sandbox'
import { wrappedSession } from './wrapped-session.ts'

/** The same session, which takes a place before it is first used and gives it back when it is closed. */
export function placedSession(inner: PythonSession, take: () => Promise<Disposable>): PythonSession {
  let place: Promise<Disposable> | null = null
  let closed = false
  const taken = () => {
    const taking = take()
    // One that was not to be had may be tried again.
    taking.catch(() => {
      if (place === taking) place = null
    })
    return taking
  }
  return wrappedSession(inner, {
    before: async () => {
      // What is closed says so itself.
      if (!closed) place ??= taken()
      await place
    },
    close: async () => {
      closed = true
      await inner.close()
      const held = place
      place = null
      const got = await held?.catch(() => null)
      got?.[Symbol.dispose]()
    },
  })
}
