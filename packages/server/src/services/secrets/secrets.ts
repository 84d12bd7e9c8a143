import { newId } from '../../db/index.ts'
import {
  deleteSecret,
  putSecret,
  type SecretOwner,
  type SecretSummary,
  secretsOf,
} from '../../db/queries/secrets.ts'
import type { Actor } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, InvalidRequestError, NotFoundError } from '../errors.ts'
import { hostProblems } from '../net-grants.ts'
import { demandSession } from '../sessions/sessions.ts'
import { demandTool } from '../tools/tools.ts'
import { type Secret, sealSecret } from './sealed-secret.ts'

/** A tool or a session has so many at most: all of an execution are looked for in whatever comes back. */
const MAX_SECRETS = 10

/** The secrets of a tool or a session, without their values. For those who may change it. */
export async function querySecrets(
  context: ServiceContext,
  actor: Actor,
  owner: SecretOwner,
): Promise<SecretSummary[]> {
  await demandOwner(context, actor, owner)
  return await secretsOf(context.db, owner)
}

/**
 * Gives a tool or a session a secret; it replaces the one of that name, with its value, hosts and places. What runs keeps
 * the old one to its end.
 * @throws InvalidRequestError, ConflictError
 */
export async function setSecret(
  context: ServiceContext,
  actor: Actor,
  { owner, name, secret }: { readonly owner: SecretOwner; readonly name: string; readonly secret: Secret },
): Promise<SecretSummary> {
  const { hosts, places } = secret
  const deed = deedOf(owner, { verb: 'set-secret', detail: { name, hosts, places } })
  return await audited(context, { who: actor, deed }, async () => {
    await demandOwner(context, actor, owner)
    const problems = hostProblems(hosts, 'hosts')
    if (problems.length > 0) throw new InvalidRequestError(problems)
    const sealed = sealSecret(context, owner, name, secret)
    const row = { id: newId('sec'), name, sealed, hosts, places, most: MAX_SECRETS }
    const put = await putSecret(context.db, owner, row)
    if (put === 'full')
      throw new ConflictError(`Cannot keep the secret "${name}": there are ${MAX_SECRETS} already`)
    if (put === 'gone') throw new NotFoundError(...namedOwner(owner))
    return put
  })
}

/** Deletes a secret of a tool or a session. */
export async function removeSecret(
  context: ServiceContext,
  actor: Actor,
  { owner, name }: { readonly owner: SecretOwner; readonly name: string },
): Promise<void> {
  const deed = deedOf(owner, { verb: 'delete-secret', detail: { name } })
  await audited(context, { who: actor, deed }, async () => {
    await demandOwner(context, actor, owner)
    if (!(await deleteSecret(context.db, owner, name))) throw new NotFoundError('secret', name)
  })
}

async function demandOwner(context: ServiceContext, actor: Actor, owner: SecretOwner): Promise<void> {
  if ('toolId' in owner) await demandTool(context, actor, { id: owner.toolId, action: 'update' })
  else await demandSession(context, actor, { id: owner.sessionId, action: 'update' })
}

function deedOf(
  owner: SecretOwner,
  {
    verb,
    detail,
  }: { readonly verb: 'set-secret' | 'delete-secret'; readonly detail: NonNullable<Deed['detail']> },
): Deed {
  const [kind, resourceId] = namedOwner(owner)
  return { action: `${kind}.${verb}`, resourceId, detail }
}

function namedOwner(owner: SecretOwner): ['tool' | 'session', string] {
  return 'toolId' in owner ? ['tool', owner.toolId] : ['session', owner.sessionId]
}
