import { newId } from '../../db/index.ts'
import { putSecret, secretsOf } from '../../db/queries/secrets.ts'
import type { ServiceContext } from '../context.ts'
import { openSecrets, type Secret, sealSecret } from './sealed-secret.ts'

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
