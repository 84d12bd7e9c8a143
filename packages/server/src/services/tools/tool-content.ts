import type { JsonValue } from 'agentchat-sandbox'
import type { Operation } from 'agentchat-sandbox-base/gate/document-gate'
import type { ToolRow } from '../../db/queries/tools.ts'
import type { ToolPermissions } from '../sandbox-set.ts'

/** A JSON Schema, as an object. */
export type JsonSchema = { readonly [key: string]: JsonValue }

/** An example that the author of a tool attaches. */
export interface ToolTest {
  readonly input: { readonly [name: string]: JsonValue }
  readonly expected: JsonValue
}

/** A tool that is Python: its code, and the function of it that is called. */
export interface PythonDefinition {
  readonly code: string
  readonly entry: string
  readonly tests: readonly ToolTest[]
  /** Were the parameters derived from the code? Then they are anew when it changes. */
  readonly derived: boolean
}

/** A tool that is another service: its OpenAPI document, where it is, and what can be called. */
export interface OpenapiDefinition {
  readonly document: { readonly [key: string]: JsonValue }
  readonly baseUrl: string
  readonly operations: readonly Operation[]
}

/** How the host shows who it is to the service that a tool calls. Sealed where it is stored. */
export type ToolAuth = (
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly type: 'api-key'
      readonly in: 'header' | 'query'
      readonly name: string
      readonly value: string
    }
) & { readonly headers?: Readonly<Record<string, string>> | undefined }

/** What a tool needs of an execution. */
export interface ToolLimits {
  readonly timeoutSeconds?: number | undefined
  readonly memoryLimitMb?: number | undefined
  /** Does each call by an agent or over MCP wait until somebody has allowed it? */
  readonly approve?: boolean | undefined
}

/** A tool, with what its columns hold read back. */
export type Tool = Omit<ToolRow, 'kind' | 'definition' | 'parameters' | 'permissions' | 'limits' | 'auth'> & {
  readonly parameters: JsonSchema
  readonly permissions: ToolPermissions
  readonly limits: ToolLimits
  /** Without its secrets. */
  readonly auth: MaskedAuth
} & (
    | { readonly kind: 'python'; readonly definition: PythonDefinition }
    | { readonly kind: 'openapi'; readonly definition: OpenapiDefinition }
  )

/** What may be told of an authentication. */
export interface MaskedAuth {
  readonly type: ToolAuth['type']
  readonly in?: 'header' | 'query'
  readonly name?: string
  readonly username?: string
  readonly headers?: readonly string[]
}

/** A tool of its row. The casts stand for what was checked when it was written. */
export function toolOf(row: ToolRow, auth: ToolAuth): Tool {
  const common = {
    ...row,
    parameters: row.parameters as JsonSchema,
    permissions: row.permissions as ToolPermissions,
    limits: row.limits as ToolLimits,
    auth: maskedAuth(auth),
  }
  return row.kind === 'python'
    ? { ...common, kind: 'python', definition: row.definition as PythonDefinition }
    : { ...common, kind: 'openapi', definition: row.definition as OpenapiDefinition }
}

function maskedAuth(auth: ToolAuth): MaskedAuth {
  const headers = auth.headers === undefined ? {} : { headers: Object.keys(auth.headers) }
  switch (auth.type) {
    case 'none':
    case 'bearer':
      return { type: auth.type, ...headers }
    case 'basic':
      return { type: 'basic', username: auth.username, ...headers }
    case 'api-key':
      return { type: 'api-key', in: auth.in, name: auth.name, ...headers }
  }
  return auth satisfies never
}
