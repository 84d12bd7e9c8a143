import type { ExecutionEvent, ExecutionOptions, PythonExecutor } from 'agentchat-sandbox'
import { placedSession, type TakePlace } from '../sessions/placed-session.ts'
import { wrappedSession } from '../sessions/wrapped-session.ts'
import type { FairPlaces } from './fair-places.ts'

/** Where executions and live sessions of a user find a place. */
export interface UserPlaces {
  readonly places: FairPlaces
  readonly userId: string
  /** Waits for a place among the live sessions, until it is disposed or asked back. */
  readonly takeSession: TakePlace
}

/**
 * The same executor, whose executions have to have a place among those of all users, and whose sessions one among the
 * live sessions, from their first use until they are closed; between two uses they may have to rest. Kept sessions are leased: they are no sessions of this one.
 */
export function fairExecutor(
  executorFor: (isOnly: boolean) => PythonExecutor,
  user: UserPlaces,
): PythonExecutor {
  return {
    stream: (code, options) => runInPlace({ executorFor, ...user }, code, options),
    session(options = {}) {
      if (options.id !== undefined) throw new TypeError('Cannot open a kept session here: it is to be leased')
      const session = executorFor(true).session(options)
      const runner = () => session
      const inPlace = wrappedSession(session, {
        stream: (code, settings) => runInPlace({ executorFor: runner, ...user }, code, settings),
        close: () => session.close(),
      })
      // The place among the live sessions comes first, as with kept ones: nobody holds the other one and waits for it.
      return placedSession(inPlace, user.takeSession)
    },
  }
}

/** What runs code in a place; it is asked for when there is one. */
export interface Fair extends Pick<UserPlaces, 'places' | 'userId'> {
  readonly executorFor: (isOnly: boolean) => Pick<PythonExecutor, 'stream'>
}

/** Runs code as soon as its user has a place. */
export async function* runInPlace(
  { executorFor, places, userId }: Fair,
  code: string,
  options: ExecutionOptions = {},
): AsyncGenerator<ExecutionEvent, void, void> {
  const asked = performance.now()
  // One that was aborted while it waited has a result all the same, which the executor knows.
  using place = await places.take(userId, options.signal ?? NEVER)
  const waitedMs = performance.now() - asked
  for await (const event of executorFor(place?.isOnly ?? true).stream(code, options)) {
    if (event.type === 'finished' && waitedMs >= 1) {
      const { usage } = event.result
      Object.assign(usage, { queueMs: usage.queueMs + waitedMs })
    }
    yield event
  }
}

const NEVER = new AbortController().signal
