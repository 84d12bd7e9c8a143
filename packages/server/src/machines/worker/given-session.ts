import type { CodeExecutionResult, PythonRunner, SandboxSession } from 'agentchat-sandbox'
import { SessionSaveError } from 'agentchat-sandbox'
import type { Logger } from '../../logger.ts'
import type { SandboxSet, ToolPermissions } from '../../services/sandbox-set.ts'
import { NEVER_SECONDS } from '../../services/sessions/open-in-slot.ts'
import type { GivenSession } from '../session-wire.ts'
import type { Copy, LiveCopies } from './live-copies.ts'
import { fetchSession, keepSession, type SessionRight } from './session-bytes.ts'

/** What a session that was given to this machine is opened with. */
export interface GivenParts {
  readonly sandboxes: SandboxSet
  readonly permissions: ToolPermissions
  readonly given: GivenSession
  readonly right: SessionRight
  readonly copies: LiveCopies
  readonly logger: Logger
}

/** A session that is open here for one use. Nothing of it stays here but what the services keep. */
export interface OpenGiven extends AsyncDisposable {
  readonly session: SandboxSession
  /** Has the services keep what it is now. Gives null, or why they do not. */
  keep(): Promise<string | null>
  /** It is what it was: that is kept already. */
  unchanged(): void
}

/** How far a session was from being used. */
type From = 'live' | 'rest' | 'fetched' | 'new'

/**
 * Opens a session for one use: as it is here still, or from what the services keep of it, wherever it ran before.
 * @throws SessionRefusedError when it cannot be opened
 */
export async function openGiven(parts: GivenParts): Promise<OpenGiven> {
  const { given, right, copies, permissions, logger } = parts
  const { allowNet } = permissions
  const here = copies.take(given, right.epoch, allowNet)
  const from: From =
    here === null ? (given.kept === null ? 'new' : 'fetched') : here.session.live ? 'live' : 'rest'
  logger.info({ session: given.id, from }, 'machine.session-opened')
  const { session, close } = here ?? (await opened(parts))
  /** In which state it stays, and how large that is; null for in none that is kept. */
  let stays: Pick<Copy, 'object' | 'bytes'> | null = null
  const unchanged = () => {
    stays = given.kept
  }
  return {
    ...{ session, unchanged },
    async keep() {
      // Without a worker it is what it was.
      if (!session.live) {
        unchanged()
        return null
      }
      try {
        const saved = await session.save()
        const kept = await keepSession(right, given, saved)
        if ('reason' in kept) return kept.reason
        stays = { ...kept, bytes: saved.sessionBytes.length }
        return null
      } catch (error) {
        if (error instanceof SessionSaveError) return error.message
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      if (stays === null || !right.isHeld()) await close()
      else copies.keep({ ...stays, given, epoch: right.epoch, allowNet, session, close })
    },
  }
}

/** Opens it from what is kept. */
async function opened({
  sandboxes,
  permissions,
  given,
  right,
}: GivenParts): Promise<Pick<Copy, 'session' | 'close'>> {
  const { key, owner, sequence } = given
  const kept = await fetchSession(right, given)
  const held = sandboxes.hold(permissions)
  const session = held.sandbox.session({
    ...(kept ?? {}),
    ...{ owner, minSequence: sequence, idleSeconds: NEVER_SECONDS },
    sessionKey: new Uint8Array(Buffer.from(key, 'base64')),
  })
  const close = async () => {
    try {
      await session.close()
    } finally {
      held[Symbol.dispose]()
    }
  }
  return { session, close }
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
