import { newId } from '../../db/index.ts'
import { keptBytesOf } from '../../db/queries/session-states.ts'
import {
  findSession,
  insertSession,
  moveSession,
  type NewSession,
  type SessionRow,
} from '../../db/queries/sessions.ts'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { InvalidRequestError, NotFoundError, QuotaExceededError } from '../errors.ts'
import type { Machines } from '../executions/machines.ts'
import { type Redaction, redactionProblems } from '../executions/redaction-policy.ts'
import { cappedOptions } from '../executions/run-request.ts'
import { netGrantProblems } from '../net-grants.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import { copySecrets } from '../secrets/sealed-secret.ts'
import { copiedSessionKey, DATABASE_STORE, keptInDatabase, newSessionKey } from './given-key.ts'
import { removeBytes } from './remove-session.ts'
import { inOurWords, leaseSession, noteUse } from './session-lease.ts'
import type { SessionLimits } from './session-limits.ts'
import { demandSession } from './sessions.ts'

/** A session that is wanted. */
interface SessionWish {
  readonly name?: string | null | undefined
  /** What its code may do beside computing; without it what that of the session it is forked from may. */
  readonly permissions?: ToolPermissions | undefined
  readonly limits?: SessionLimits | undefined
  /** What is taken out of what comes back, where that is more than everywhere. */
  readonly redaction?: Redaction | null | undefined
  /** The session that it goes on from. */
  readonly from?: string | undefined
}

/**
 * Makes a session; without `from` it is one that has run nothing.
 * @throws InvalidRequestError, QuotaExceededError, and what waking up the other one throws
 */
export async function createSession(
  context: ServiceContext,
  actor: Actor,
  wish: SessionWish,
): Promise<SessionRow> {
  const { from } = wish
  const id = newId('ses')
  const deed: Deed = {
    ...{ action: from === undefined ? 'session.create' : 'session.fork', resourceId: id },
    detail: from === undefined ? {} : { from },
  }
  return await audited(context, { who: actor, deed }, async () => {
    // First of all whether there is one, for all that the actor may know.
    const source =
      from === undefined ? null : await demandSession(context, actor, { id: from, action: 'execute' })
    demand(actor, 'create', { resource: 'session', id, ownership: 'own' })
    context.runs.demandOpen()
    if (source !== null) return await fork(context, actor, { id, source, wish })
    const sealedKey = context.machines === null ? null : newSessionKey(context.secrets, id)
    await insert(context, actor, { ...rowOf(context, actor, { id, wish }), state: 'ready', sealedKey })
    return await made(context, id)
  })
}

async function fork(
  context: ServiceContext,
  actor: Actor,
  { id, source, wish }: { readonly id: string; readonly source: SessionRow; readonly wish: SessionWish },
): Promise<SessionRow> {
  // It was checked before it was stored.
  const permissions = wish.permissions ?? (source.permissions as ToolPermissions)
  const limits = wish.limits ?? (source.limits as SessionLimits)
  const redaction = wish.redaction ?? source.redaction
  const row = rowOf(context, actor, { id, wish: { ...wish, permissions, limits, redaction } })
  // The row is there first: broken off after it, the next start removes both.
  const { sealedFor } = source
  if (context.machines !== null) {
    const sealedKey = copiedSessionKey(context.secrets, keptInDatabase(source), id)
    await insert(context, actor, { ...row, state: 'creating', sealedFor, sealedKey })
    return await forkOnMachines(context, actor, { id, source, machines: context.machines })
  }
  await insert(context, actor, { ...row, state: 'creating', sealedFor })
  const { store } = context.sessions
  try {
    using lease = await leaseSession(context, source)
    store.account(id, 0, quotaHolders(context, actor))
    await (await lease.session.fork({ id })).close()
    // Those of somebody else stay theirs, also where an administrator forks.
    if (source.userId === actor.userId) await copySecrets(context, { from: source.id, to: id })
    await noteUse(context, id)
    await moveSession(context.db, id, { from: 'creating', to: 'ready' })
  } catch (error) {
    await moveSession(context.db, id, { from: 'creating', to: 'deleting' })
    await removeBytes(context, id)
    throw inOurWords(error)
  } finally {
    store.forget(id)
  }
  return await made(context, id)
}

/** What is kept of the other one is copied where it is: nothing wakes up for it. */
async function forkOnMachines(
  context: ServiceContext,
  actor: Actor,
  { id, source, machines }: { readonly id: string; readonly source: SessionRow; readonly machines: Machines },
): Promise<SessionRow> {
  const { db, quotas, runs } = context
  using _begun = runs.begin()
  try {
    const bytes = keptBytesOf(source)
    const refusal =
      bytes === 0 ? null : await quotas.reserve(quotaHolders(context, actor), bytes, { sessionId: id, bytes })
    if (refusal !== null) throw refusal
    await machines.copySession(source, id)
    if (source.userId === actor.userId) await copySecrets(context, { from: source.id, to: id })
    await moveSession(db, id, { from: 'creating', to: 'ready' })
  } catch (error) {
    await moveSession(db, id, { from: 'creating', to: 'deleting' })
    await removeBytes(context, id)
    throw error
  }
  return await made(context, id)
}

async function made({ db }: ServiceContext, id: string): Promise<SessionRow> {
  const row = await findSession(db, id)
  if (row === null) throw new NotFoundError('session', id)
  return row
}

function rowOf(
  context: ServiceContext,
  actor: Actor,
  { id, wish }: { readonly id: string; readonly wish: SessionWish },
): Omit<NewSession, 'state'> {
  const { permissions = { allowNet: [] }, limits = {}, name = null, redaction = null } = wish
  cappedOptions(context, limits)
  const problems = [
    ...netGrantProblems(context, permissions),
    ...redactionProblems(redaction, context.policy.redaction),
  ]
  if (problems.length > 0) throw new InvalidRequestError(problems)
  const { instance, sessions, machines } = context
  const { userId, apiKeyId } = actor
  return {
    ...{ id, userId, apiKeyId, name, instance, permissions, limits, redaction },
    ...{ storeId: machines === null ? sessions.place.id : DATABASE_STORE, sealedFor: userId },
  }
}

async function insert(context: ServiceContext, actor: Actor, row: NewSession): Promise<void> {
  const holders = quotaHolders(context, actor)
  const limitOf = (kind: 'user' | 'api-key') =>
    holders.find((holder) => holder.kind === kind)?.limits.sessions
  const room = { user: limitOf('user') ?? 0, key: limitOf('api-key') ?? null }
  const full = await insertSession(context.db, row, room)
  if (full === null) return
  const limit = limitOf(full) ?? 0
  throw new QuotaExceededError({ quota: 'sessions', of: full, limit, retryAfterSeconds: null })
}
