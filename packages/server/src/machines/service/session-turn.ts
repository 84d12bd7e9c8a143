import { setTimeout as sleep } from 'node:timers/promises'
import { extendHold, holdSession, releaseSession, type SessionUse } from '../../db/queries/held-sessions.ts'
import { findSession, type SessionRow } from '../../db/queries/sessions.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import { NotFoundError } from '../../services/errors.ts'

/** Who waits looks again after so long: at first, and at most. */
const LOOK_MS = { first: 10, most: 200 }
/** How often who has it says so, where it is no execution. */
const EXTEND_MS = 3000

/** A session whose turn it is, until this is disposed. */
export interface SessionTurn extends AsyncDisposable {
  /** As it was when the turn began. */
  readonly row: SessionRow
  /** Aborted when it is somebody else's, or who was given it is lost. */
  readonly lost: AbortSignal
}

/**
 * Waits for its turn in a session, after all that came before at whichever service; null when the signal is aborted first.
 * @throws NotFoundError when the session is deleted
 */
export async function sessionTurn(
  context: Pick<ServiceContext, 'db' | 'logger'>,
  use: SessionUse & { readonly isExecution: boolean },
  signal: AbortSignal,
): Promise<SessionTurn | null> {
  const { db } = context
  for (let pause = LOOK_MS.first; !signal.aborted; pause = Math.min(2 * pause, LOOK_MS.most)) {
    const row = await holdSession(db, use, use.isExecution)
    if (row !== null) return turnOf(context, use, row)
    if ((await findSession(db, use.id)) === null) throw new NotFoundError('session', use.id)
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
  return null
}

function turnOf(
  { db, logger }: Pick<ServiceContext, 'db' | 'logger'>,
  use: SessionUse & { readonly isExecution: boolean },
  row: SessionRow,
): SessionTurn {
  const controller = new AbortController()
  const extend = async () => {
    const isMine = await extendHold(db, use).catch(() => null)
    if (isMine === false) controller.abort(new Error('the machine that had the session was lost'))
  }
  // An execution has it until its end.
  const timer = use.isExecution ? undefined : setInterval(() => void extend(), EXTEND_MS).unref()
  return {
    ...{ row, lost: controller.signal },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      // Where the database is away it is free by itself, later.
      await releaseSession(db, use).catch((error: unknown) => {
        logger.warn({ session: use.id, error: loggable(error) }, 'session.not-released')
      })
    },
  }
}
