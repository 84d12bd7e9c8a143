import { SessionSaveError } from '../errors/errors.ts'
import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { ExecutionEvent } from '../result/events.ts'
import { withMethods } from '../result/result-methods.ts'
import type { SealedSession } from '../seal/seal.ts'
import type { SandboxSession } from './session.ts'

/** One execution of a session that comes and goes with it; its result carries what is left of the session. */
export async function* runStatefully(
  session: SandboxSession,
  code: string,
  options: ExecutionOptions,
): AsyncGenerator<ExecutionEvent, void, void> {
  try {
    for await (const event of session.stream(code, options)) {
      if (event.type !== 'finished') yield event
      else {
        const result = withMethods({ ...event.result, ...(await savedOrNothing(session)) })
        yield { type: 'finished', result }
      }
    }
  } finally {
    await session.close()
  }
}

/** Nothing where the session holds what cannot be kept: the result of the execution must not be lost with it. */
async function savedOrNothing(session: SandboxSession): Promise<SealedSession | null> {
  try {
    return await session.save()
  } catch (error) {
    if (error instanceof SessionSaveError) return null
    throw error
  }
}
