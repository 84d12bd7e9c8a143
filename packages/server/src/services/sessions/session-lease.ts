import {
  type ExecutionEvent,
  type ExecutionOptions,
  type PythonExecutor,
  type PythonSession,
  SandboxError,
  type SessionMetadata,
} from 'agentchat-sandbox'
import { findApiKeyById } from '../../db/queries/api-keys.ts'
import { recordSessionUse, type SaveFacts, type SessionRow } from '../../db/queries/sessions.ts'
import { findUser } from '../../db/queries/users.ts'
import { quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { runInPlace } from '../executions/fair-executor.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import type { OwnQuotas } from '../policy.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import type { Means } from './means.ts'
import type { SessionLease } from './open-sessions.ts'
import { SessionInUseError, sessionErrorOf } from './session-errors.ts'
import { wrappedSession } from './wrapped-session.ts'

/** What was saved, as the database keeps it. */
export function saveOf(metadata: SessionMetadata): SaveFacts {
  return { sequence: metadata.sequence, bytes: metadata.sizes.sessionBytes, metadata, unsaved: false }
}

/**
 * Has the database know that a session was used, what was saved of it, and whether that is not all. A database that is
 * away is told later.
 */
export async function noteUse(
  {
    db,
    logger,
    sessions: { store },
  }: Pick<ServiceContext, 'db' | 'logger'> & { readonly sessions: Pick<Means, 'store'> },
  id: string,
  unsaved?: boolean,
): Promise<void> {
  const saved = store.takeSaved(id)
  try {
    await recordSessionUse(db, id, {
      lastUsedAt: new Date(),
      ...(saved === null ? {} : saveOf(saved)),
      ...(unsaved === undefined ? {} : { unsaved }),
    })
  } catch (error) {
    logger.error({ session: id, error: String(error) }, 'session.use-not-noted')
    if (saved !== null) store.putBack(id, saved)
  }
}

/** Whose a thing is that counts for somebody: a session, a tool. */
export interface Owner {
  readonly userId: string
  /** The key that it was made with. */
  readonly apiKeyId: string | null
}

/** For whom a session counts: its owner, and the key that it was made with; and that key while it holds. */
export async function holdersOf(
  context: ServiceContext,
  { userId, apiKeyId }: Owner,
): Promise<{ readonly holders: QuotaHolder[]; readonly owner: Owner }> {
  const { db } = context
  const user = await findUser(db, userId)
  const key = apiKeyId === null ? null : await findApiKeyById(db, apiKeyId)
  // They were checked before they were stored.
  const quotas = {
    user: (user?.quotas ?? null) as OwnQuotas | null,
    key: (key?.quotas ?? null) as OwnQuotas | null,
  }
  const holds = key !== null && (key.expiresAt === null || key.expiresAt.getTime() > Date.now())
  const owner = { userId, apiKeyId: holds ? apiKeyId : null }
  return { holders: quotaHolders(context, { userId, apiKeyId, quotas }), owner }
}

/**
 * Opens a session for one use.
 * @throws SessionInUseError, SessionUnusableError, ConflictError, OverloadedError, ShuttingDownError
 */
export async function leaseSession(context: ServiceContext, row: SessionRow): Promise<SessionLease> {
  const { id, storeId, sealedFor, sequence, bytes, unsaved } = row
  const { open, place } = context.sessions
  if (storeId !== place.id) throw new SessionInUseError(id, 'another service keeps it')
  const permissions = grantedOf(context, row)
  const { userId } = row
  const whose = open.isOpen(id)
    ? { holders: [], owner: { userId, apiKeyId: null } }
    : await holdersOf(context, row)
  try {
    return await open.lease({ id, sealedFor, sequence, bytes, unsaved, permissions, ...whose })
  } catch (error) {
    throw inOurWords(error)
  }
}

/** What the session declares, without what the policy has taken away since it was made. */
export function grantedOf({ policy }: ServiceContext, row: Pick<SessionRow, 'permissions'>): ToolPermissions {
  // It was checked before it was stored.
  const { allowNet } = row.permissions as ToolPermissions
  return { allowNet: allowNet.filter((host) => policy.allowNet.includes(host)) }
}

/**
 * Runs code in the session that is leased, and lets it go when that is over; or gives the session itself, which lets it go
 * when it is closed. What is told of its uses is noted in both.
 */
export function leasedExecutor(context: ServiceContext, lease: SessionLease): PythonExecutor {
  return {
    async *stream(code, options) {
      using _lease = lease
      yield* runLeased(context, lease, { code, options })
    },
    session(options = {}) {
      if (Object.keys(options).length > 0)
        throw new TypeError('Cannot open the session with options: it is open')
      return leasedSession(context, lease)
    },
  }
}

function leasedSession(context: ServiceContext, lease: SessionLease): PythonSession {
  return wrappedSession(lease.session, {
    stream: (code, options) => runLeased(context, lease, { code, options }),
    close: async () => lease[Symbol.dispose](),
  })
}

async function* runLeased(
  context: ServiceContext,
  lease: SessionLease,
  { code, options }: { readonly code: string; readonly options: ExecutionOptions | undefined },
): AsyncGenerator<ExecutionEvent, void, void> {
  const { signal } = options ?? {}
  const either = signal === undefined ? lease.signal : AbortSignal.any([signal, lease.signal])
  try {
    using _turn = await context.sessions.turns.enter(lease.id, either)
    const inPlace = { executorFor: () => lease.session, places: context.places, userId: lease.userId }
    for await (const event of runInPlace(inPlace, code, { ...options, signal: either })) {
      if (event.type !== 'finished') {
        yield event
        continue
      }
      const { result } = event
      // Before the result is given: its reader may look at the session at once.
      await noteUse(context, lease.id, (result.sessionUnsaved ?? null) !== null)
      const restored = lease.takeLost() ? { reason: 'not-kept' } : null
      yield { type: 'finished', result: { ...result, sessionRestored: result.sessionRestored ?? restored } }
    }
  } catch (error) {
    throw inOurWords(error)
  }
}

/** What the library says of sessions names folders of the host. */
export function inOurWords(error: unknown): unknown {
  return error instanceof SandboxError ? (sessionErrorOf(error) ?? error) : error
}
