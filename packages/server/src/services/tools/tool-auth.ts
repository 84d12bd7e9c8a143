import type { ToolRow } from '../../db/queries/tools.ts'
import type { ServiceContext } from '../context.ts'
import type { ToolAuth } from './tool-content.ts'

/** The authentication of a tool as it is stored: sealed for this tool alone. */
export function sealAuth(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  toolId: string,
  auth: ToolAuth,
): string | null {
  if (auth.type === 'none' && auth.headers === undefined) return null
  return secrets.seal(JSON.stringify(auth), toolId)
}

/**
 * The authentication of a stored tool.
 * @throws SecretBoxError when it was sealed with another key
 */
export function authOf(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  row: Pick<ToolRow, 'id' | 'auth'>,
): ToolAuth {
  // Written by `sealAuth`, and by nobody else: it would not open.
  return row.auth === null ? { type: 'none' } : (JSON.parse(secrets.open(row.auth, row.id)) as ToolAuth)
}
