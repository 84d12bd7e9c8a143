import { newId } from '../../db/index.ts'
import { putSecret, type SecretOwner, type SecretRow, secretsOf } from '../../db/queries/secrets.ts'
import type { ServiceContext } from '../context.ts'

/** Where in a request a secret may stand. */
export const SECRET_PLACES = ['headers', 'url', 'body'] as const

/** A secret that code uses and never sees, and where it may be sent. */
export interface Secret {
  readonly value: string
  /** As in `allowNet`. */
  readonly hosts: readonly string[]
  readonly places: readonly (typeof SECRET_PLACES)[number][]
}

/** Secrets by the names of their variables. */
export type Secrets = Readonly<Record<string, Secret>>

/** Seals a secret for one name of one owner. Its hosts go with the value: nobody sends it elsewhere without knowing it. */
export function sealSecret(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  owner: SecretOwner,
  name: string,
  secret: Secret,
): string {
  return secrets.seal(JSON.stringify(secret), placeOf(owner, name))
}

/**
 * The secrets of a tool or a session, for the host that puts them into requests.
 * @throws SecretBoxError when one was changed, moved, or sealed with another key
 */
export async function openSecrets(
  { db, secrets }: Pick<ServiceContext, 'db' | 'secrets'>,
  owner: SecretOwner,
): Promise<Secrets> {
  const rows = await secretsOf(db, owner)
  // Written by `sealSecret`, and by nobody else: it would not open.
  return Object.fromEntries(
    rows.map(({ name, sealed }) => [name, JSON.parse(secrets.open(sealed, placeOf(owner, name))) as Secret]),
  )
}

/**
 * Gives a new session the secrets of the one that it goes on from, each sealed for the new one.
 * @throws SecretBoxError when one was changed, moved, or sealed with another key
 */
export async function copySecrets(
  context: Pick<ServiceContext, 'db' | 'secrets'>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const rows = await secretsOf(context.db, { sessionId: from })
  if (rows.length === 0) return
  const values: Readonly<Record<string, Secret | undefined>> = await openSecrets(context, { sessionId: from })
  const owner = { sessionId: to }
  for (const { name, hosts, places } of rows) {
    const secret = values[name]
    // It was deleted a moment ago.
    if (secret === undefined) continue
    const sealed = sealSecret(context, owner, name, secret)
    await putSecret(context.db, owner, { id: newId('sec'), name, sealed, hosts, places, most: rows.length })
  }
}

/** Where a stored secret is sealed for. */
export function placeOfRow({ toolId, sessionId, name }: Omit<SecretRow, SecretRowTimes>): string {
  return placeOf(toolId === null ? { sessionId: sessionId ?? '' } : { toolId }, name)
}

type SecretRowTimes = 'id' | 'sealed' | 'hosts' | 'places' | 'createdAt' | 'updatedAt'

function placeOf(owner: SecretOwner, name: string): string {
  return `secret ${'toolId' in owner ? owner.toolId : owner.sessionId} ${name}`
}
