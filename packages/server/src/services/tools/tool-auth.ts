import { RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'
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

/** Takes the secrets of an authentication out of what a service answers: it may send back what it was sent. */
export function withoutAuth<Value>(auth: ToolAuth, value: Value): Value {
  const known = new KnownSecrets(secretsOf(auth))
  return known.isEmpty ? value : new TextRedactor(known.redactor(new RedactionCounter())).value(value)
}

function secretsOf(auth: ToolAuth): string[] {
  const headers = Object.values(auth.headers ?? {})
  switch (auth.type) {
    case 'none':
      return headers
    case 'bearer':
      return [...headers, auth.token]
    case 'basic': {
      const sent = Buffer.from(`${auth.username}:${auth.password}`).toString('base64')
      return [...headers, auth.password, sent]
    }
    case 'api-key':
      return [...headers, auth.value]
  }
  return auth satisfies never
}
