import { randomBytes } from 'node:crypto'
import { databaseFailure, newId } from '../../db/index.ts'
import { insertDeparted } from '../../db/queries/departed-users.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { deleteSecretsOfUser } from '../../db/queries/secrets.ts'
import { markSessionsOf } from '../../db/queries/sessions.ts'
import {
  countUsers,
  deleteSignIns,
  deleteUser,
  findUser,
  insertUser,
  listUsers,
  lockEnabledAdmins,
  type UserRow,
  updatePassword,
  updateUser,
} from '../../db/queries/users.ts'
import { type Actor, demand, ownershipOf, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../errors.ts'
import type { Used } from '../executions/quota-terms.ts'
import { decide, type Role } from '../permission-check.ts'
import { limitsOf, type OwnQuotas, type Policy, type QuotaLimits } from '../policy.ts'
import { removeMarked } from '../sessions/remove-session.ts'
import { demandCurrentPassword, demandPassword } from './current-password.ts'
import { removeDeparted, soon } from './departed.ts'

/** What a new user is made of. */
export interface NewUser {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly password: string
}

/** What may be changed of a user. */
export interface UserChange {
  readonly name?: string | undefined
  readonly role?: Role | undefined
  readonly disabled?: boolean | undefined
  readonly password?: string | undefined
  /** The one before, which a change of one's own password needs. */
  readonly currentPassword?: string | undefined
  /** In place of what everybody gets; null for that again. */
  readonly quotas?: OwnQuotas | null | undefined
}

/**
 * Makes the administrator of a service that has no user yet. Gives the password, when it was made up here, or null
 * when there are users already.
 */
export async function ensureAdministrator(
  context: ServiceContext,
  { email, password }: { readonly email: string; readonly password: string | undefined },
): Promise<{ email: string; password: string } | null> {
  if ((await countUsers(context.db)) > 0) return null
  const own = password ?? randomBytes(18).toString('base64url')
  try {
    await add(context, { email, name: 'Administrator', role: 'admin', password: own })
  } catch (error) {
    // Another service on the same database was first.
    if (error instanceof ConflictError) return null
    throw error
  }
  return { email, password: own }
}

/** Adds a user. For administrators. */
export async function createUser(context: ServiceContext, actor: Actor, user: NewUser): Promise<UserRow> {
  const deed: Deed = {
    action: 'user.create',
    resourceId: null,
    detail: { email: user.email, role: user.role },
  }
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'create', { resource: 'user', id: '', ownership: 'other' })
    return await add(context, user)
  })
}

async function add(
  { db, signIn }: ServiceContext,
  { email, name, role, password }: NewUser,
): Promise<UserRow> {
  const { password: passwords } = await signIn.$context
  const user = { id: newId('usr'), email: email.toLowerCase(), name, role }
  try {
    return await insertUser(db, user, { id: newId('acc'), passwordHash: await passwords.hash(password) })
  } catch (error) {
    if (databaseFailure(error) !== 'duplicate') throw error
    throw new ConflictError(`Cannot create the user: "${email}" is taken`)
  }
}

/** All users. For administrators. */
export async function queryUsers(
  context: ServiceContext,
  actor: Actor,
  page: PageRequest,
): Promise<Page<UserRow>> {
  if (!decide(actor, 'read', 'user', 'other').allowed)
    throw new ForbiddenError('list the users: only an administrator may')
  return await listUsers(context.db, page)
}

/** One user: oneself, or for administrators anybody. */
export async function readUser(context: ServiceContext, actor: Actor, id: string): Promise<UserRow> {
  demand(actor, 'read', { resource: 'user', id, ownership: ownershipOf(actor, id) })
  const user = await findUser(context.db, id)
  if (user === null) throw new NotFoundError('user', id)
  return user
}

/** Who is asking; every credential may know that. */
export async function readSelf(context: ServiceContext, actor: Actor): Promise<UserRow> {
  const user = await findUser(context.db, actor.userId)
  if (user === null) throw new NotFoundError('user', actor.userId)
  return user
}

/** Changes a user. Users change their own name and password, administrators everything of everybody. */
export async function changeUser(
  context: ServiceContext,
  actor: Actor,
  { id, change }: { readonly id: string; readonly change: UserChange },
): Promise<UserRow> {
  const detail = { fields: Object.keys(change) }
  return await audited(
    context,
    { who: actor, deed: { action: 'user.update', resourceId: id, detail } },
    async () => {
      demand(actor, 'update', { resource: 'user', id, ownership: ownershipOf(actor, id) })
      const { password, currentPassword, name, role, disabled, quotas } = change
      const isAdmin = decide(actor, 'update', 'user', 'other').allowed
      if ((role !== undefined || disabled !== undefined || quotas !== undefined) && !isAdmin)
        throw new ForbiddenError(
          'change the role or the quotas, or disable the user: only an administrator may',
        )
      if (password !== undefined && id === actor.userId)
        await demandCurrentPassword(context, id, currentPassword)
      else if (password !== undefined) await demandPassword(context.db, id)
      const { password: passwords } = await context.signIn.$context
      const hash = password === undefined ? null : await passwords.hash(password)
      return await context.db.transaction(async (tx) => {
        if (role === 'user' || disabled === true) refuseLast(await lockEnabledAdmins(tx), id)
        const row = await updateUser(tx, id, {
          ...(name === undefined ? {} : { name }),
          ...(role === undefined ? {} : { role }),
          ...(disabled === undefined ? {} : { disabled }),
          ...(quotas === undefined ? {} : { quotas }),
        })
        if (row === null) throw new NotFoundError('user', id)
        if (hash !== null) await updatePassword(tx, id, hash)
        if (hash !== null || disabled === true) await deleteSignIns(tx, id)
        return row
      })
    },
  )
}

/**
 * Removes a user, with all sessions and executions, their results and files; what runs is ended. For administrators. Tools
 * of the user stay, and only administrators see them; so does the audit.
 */
export async function removeUser(context: ServiceContext, actor: Actor, id: string): Promise<void> {
  await audited(context, { who: actor, deed: { action: 'user.delete', resourceId: id } }, async () => {
    demand(actor, 'delete', { resource: 'user', id, ownership: ownershipOf(actor, id) })
    await context.db.transaction(async (tx) => {
      refuseLast(await lockEnabledAdmins(tx), id)
      if (!(await deleteUser(tx, id))) throw new NotFoundError('user', id)
      await deleteSecretsOfUser(tx, id)
      await markSessionsOf(tx, id)
      await insertDeparted(tx, id)
    })
    await context.rights.look()
    await removeMarked(context)
    await soon(removeDeparted(context))
  })
}

function refuseLast(admins: readonly string[], id: string): void {
  if (admins.length === 1 && admins[0] === id)
    throw new ConflictError('Cannot take the last administrator away: make another one first')
}

/** What somebody may ask for and use up, and what of it is used up now. */
export interface OwnLimits extends Pick<Policy, 'maxTimeoutSeconds' | 'maxMemoryMb' | 'allowNet'> {
  /** Python packages that are there beside the standard library. */
  readonly packages: readonly string[]
  /** With what holds for the user, and for the key. */
  readonly quotas: QuotaLimits
  /** By the user, with whatever credentials. */
  readonly used: Used
}

const NOTHING: Used = { concurrent: 0, perMinute: 0, cpuSecondsPerDay: 0, storageBytes: 0 }

/** What holds for the actor. */
export async function readLimits(context: ServiceContext, actor: Actor): Promise<OwnLimits> {
  const { maxTimeoutSeconds, maxMemoryMb, allowNet, quotas } = context.policy
  const ofUser = limitsOf(quotas, actor.quotas.user)
  const holder = quotaHolders(context, actor).find(({ kind }) => kind === 'user')
  return {
    ...{ maxTimeoutSeconds, maxMemoryMb, allowNet, packages: context.sandboxes.packages },
    quotas: limitsOf(ofUser, actor.quotas.key),
    used: holder === undefined ? NOTHING : await context.quotas.usedBy(holder),
  }
}
