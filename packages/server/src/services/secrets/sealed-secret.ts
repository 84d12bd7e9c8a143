import { type SecretOwner, type SecretRow, secretsOf } from '../../db/queries/secrets.ts'
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

/** Where a stored secret is sealed for. */
export function placeOfRow({ toolId, sessionId, name }: Omit<SecretRow, SecretRowTimes>): string {
  return placeOf(toolId === null ? { sessionId: sessionId ?? '' } : { toolId }, name)
}

type SecretRowTimes = 'id' | 'sealed' | 'hosts' | 'places' | 'createdAt' | 'updatedAt'

function placeOf(owner: SecretOwner, name: string): string {
  return `secret ${'toolId' in owner ? owner.toolId : owner.sessionId} ${name}`
}
