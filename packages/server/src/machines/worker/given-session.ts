import type { CodeExecutionResult, PythonRunner, SandboxSession } from 'agentchat-sandbox'
import { SessionSaveError } from 'agentchat-sandbox'
import type { SandboxSet, ToolPermissions } from '../../services/sandbox-set.ts'
import { NEVER_SECONDS } from '../../services/sessions/open-in-slot.ts'
import type { GivenSession } from '../session-wire.ts'
import { fetchSession, keepSession, type SessionRight } from './session-bytes.ts'

/** What a session that was given to this machine is opened with. */
export interface GivenParts {
  readonly sandboxes: SandboxSet
  readonly permissions: ToolPermissions
  readonly given: GivenSession
  readonly right: SessionRight
}

/** A session that is open here for one use. */
export interface OpenGiven extends AsyncDisposable {
  readonly session: SandboxSession
  /** Has the services keep what it is now. Gives null, or why they do not. */
  keep(): Promise<string | null>
}

/**
 * Opens a session for one use: from what the services keep of it, wherever it ran before.
 * @throws SessionRefusedError when it cannot be opened
 */
export async function openGiven({ sandboxes, permissions, given, right }: GivenParts): Promise<OpenGiven> {
  const { key, owner, sequence } = given
  const kept = await fetchSession(right, given)
  const held = sandboxes.hold(permissions)
  const session = held.sandbox.session({
    ...(kept ?? {}),
    ...{ owner, minSequence: sequence, idleSeconds: NEVER_SECONDS },
    sessionKey: new Uint8Array(Buffer.from(key, 'base64')),
  })
  return {
    session,
    async keep() {
      // Without a worker it is what it was: that is kept already.
      if (!session.live) return null
      try {
        return await keepSession(right, given, await session.save())
      } catch (error) {
        if (error instanceof SessionSaveError) return error.message
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      try {
        await session.close()
      } finally {
        held[Symbol.dispose]()
      }
    },
  }
}

/** What runs code in such a session. What it left is kept before its end is told. */
export function givenRunner(parts: GivenParts): PythonRunner {
  return {
    async *stream(code, options) {
      await using open = await openGiven(parts)
      for await (const event of open.session.stream(code, options)) {
        if (event.type !== 'finished') {
          yield event
          continue
        }
        const reason = await open.keep()
        const sessionUnsaved = reason === null ? event.result.sessionUnsaved : { reason }
        yield { type: 'finished', result: { ...event.result, sessionUnsaved } as CodeExecutionResult }
      }
    },
  }
}
