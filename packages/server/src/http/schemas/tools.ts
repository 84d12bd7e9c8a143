import { z } from '@hono/zod-openapi'
import { isHeaderOfAuth } from 'agentchat-sandbox-base/gate/own-headers'
import type { Tool } from '../../services/tools/tool-content.ts'
import { executionSchema, redaction } from './executions.ts'
import { json, text, time } from './fields.ts'

const MAX_CODE_CHARS = 2 ** 18
const EXAMPLE =
  'def main(city: str) -> str:\n    """Greet a city.\n\n    Args:\n        city: its name\n    """\n    return f"Hello, {city}"\n'

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be an identifier of at most 64 letters, digits and "_"')
const entry = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of a function')
const headerText = z
  .string()
  .max(8192)
  .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII')
const headerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .refine(isHeaderOfAuth, 'is set by the service itself')
const headers = z.record(headerName, headerText).optional()

const authSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none'), headers }),
    z.strictObject({ type: z.literal('bearer'), token: headerText.min(1), headers }),
    z.strictObject({
      type: z.literal('basic'),
      username: text(1000).regex(/^[^:]*$/, 'must not hold ":"'),
      password: text(1000),
      headers,
    }),
    z.strictObject({
      type: z.literal('api-key'),
      in: z.enum(['header', 'query']),
      name: headerName,
      value: headerText,
      headers,
    }),
  ])
  .openapi('ToolAuth', { description: 'Written, never read: answers hold no secret' })

const pythonDefinition = z.strictObject({
  code: text(MAX_CODE_CHARS, 1),
  entry: entry.optional().openapi({ description: 'The function that is called; "main" when left out' }),
  tests: z
    .array(z.strictObject({ input: z.record(z.string(), json), expected: json }))
    .max(50)
    .optional()
    .openapi({ description: 'Run when the tool is saved; all must give what is expected' }),
})

const openapiDefinition = z.strictObject({
  document: z
    .union([z.string().max(2 ** 20), z.record(z.string(), json)])
    .openapi({ description: 'An OpenAPI 3.0 or 3.1 document: as JSON, or as text that is JSON or YAML' }),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
})

const parameters = z.record(z.string(), json).openapi({ description: 'JSON Schema of the arguments' })
const limits = z.strictObject({
  timeoutSeconds: z.number().positive().max(86_400).optional(),
  memoryLimitMb: z.number().min(40).max(4096).optional(),
  approve: z
    .boolean()
    .optional()
    .openapi({ description: 'Each call by an agent or over MCP waits until somebody has allowed it' }),
})
const permissions = z.strictObject({ allowNet: z.array(z.string().max(300)).max(100).default([]) })

const fields = {
  name,
  displayName: text(200, 1).optional(),
  description: text(10_000).optional().openapi({ description: 'For the model' }),
  logoUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullable()
    .optional(),
  parameters: parameters.optional(),
  auth: authSchema.optional(),
  permissions: permissions.optional(),
  limits: limits.optional(),
  redaction: redaction.nullable().optional(),
  enabled: z.boolean().optional(),
}

export const newToolSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...fields,
      kind: z.literal('python'),
      definition: pythonDefinition,
      system: z.boolean().optional(),
    }),
    z.strictObject({
      ...fields,
      kind: z.literal('openapi'),
      definition: openapiDefinition,
      system: z.boolean().optional(),
    }),
  ])
  .openapi('NewTool', {
    example: {
      name: 'greet',
      kind: 'python',
      definition: { code: EXAMPLE, tests: [{ input: { city: 'Paris' }, expected: 'Hello, Paris' }] },
    },
  })

export const toolChangeSchema = z
  .strictObject({
    ...fields,
    name: name.optional(),
    definition: z.union([pythonDefinition, openapiDefinition]).optional(),
  })
  .openapi('ToolChange', { example: { description: 'Greets a city' } })

export const executeToolSchema = z
  .strictObject({
    arguments: z.record(z.string(), json).default({}),
    redaction: redaction.optional(),
    operation: z.string().max(300).optional().openapi({ description: 'For a tool with several operations' }),
  })
  .openapi('ExecuteTool', { example: { arguments: { city: 'Paris' } } })

export const rollBackSchema = z
  .strictObject({ version: z.int().min(1) })
  .openapi('RollBack', { example: { version: 1 } })

const summaryShape = {
  ...{ id: z.string(), ownerId: z.string().nullable(), system: z.boolean(), name: z.string() },
  ...{ displayName: z.string(), description: z.string(), logoUrl: z.string().nullable() },
  ...{ kind: z.enum(['python', 'openapi']), enabled: z.boolean(), version: z.int(), parameters },
  ...{ createdAt: time, updatedAt: time },
}

export const toolSummarySchema = z.object(summaryShape).openapi('ToolSummary')

export const toolSchema = z
  .object({
    ...summaryShape,
    definition: z
      .looseObject({})
      .openapi({ description: 'The code, or the document and what can be called' }),
    permissions: z.looseObject({ allowNet: z.array(z.string()) }),
    limits: z.looseObject({}),
    redaction: redaction.nullable(),
    auth: z.looseObject({ type: z.string() }).openapi({ description: 'Without its secrets' }),
  })
  .openapi('Tool')

type Summary = Pick<Tool, Exclude<keyof typeof summaryShape, 'parameters'>> & { readonly parameters: unknown }

/** What of a stored tool is told in a list. */
export function presentToolSummary(tool: Summary): z.output<typeof toolSummarySchema> {
  const { id, ownerId, system, name, displayName, description, logoUrl, kind, enabled, version } = tool
  return {
    ...{ id, system, name, displayName, description, logoUrl, kind, enabled, version },
    ownerId: system ? null : ownerId,
    parameters: tool.parameters as Record<string, unknown>,
    createdAt: tool.createdAt.toISOString(),
    updatedAt: tool.updatedAt.toISOString(),
  }
}

/** What of a stored tool is told. */
export function presentTool(tool: Tool): z.output<typeof toolSchema> {
  return { ...presentToolSummary(tool), ...parts(tool) }
}

function parts({ definition, permissions, limits, redaction: policy, auth }: Tool) {
  const { derived: _, ...shown } = 'derived' in definition ? definition : { ...definition, derived: null }
  return {
    definition: { ...shown },
    permissions: { allowNet: [...permissions.allowNet] },
    limits: { ...limits },
    redaction: policy,
    auth: { ...auth },
  }
}

export const toolVersionSchema = z
  .object({
    version: z.int(),
    createdBy: z.string(),
    createdAt: time,
    name: z.string(),
    description: z.string(),
  })
  .openapi('ToolVersion')

export const toolVersionContentSchema = toolVersionSchema
  .extend({
    content: z.looseObject({}).openapi({ description: 'Definition, parameters, permissions and limits' }),
  })
  .openapi('ToolVersionContent')

export const toolOutcomeSchema = z
  .object({
    execution: z.union([executionSchema, z.null()]).openapi({ description: 'Of a tool that is Python' }),
    answer: z
      .object({ status: z.int(), contentType: z.string(), body: json })
      .nullable()
      .openapi({ description: 'Of the service that a tool calls' }),
  })
  .openapi('ToolOutcome')

/** What of a stored version is told. */
export function presentToolVersion(row: {
  readonly version: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly content: unknown
}): z.output<typeof toolVersionSchema> {
  const { name, description } = row.content as { readonly name: string; readonly description: string }
  return {
    version: row.version,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    name,
    description,
  }
}

/** The same, with its content; its authentication is stored apart, and is not told. */
export function presentToolVersionContent(
  row: Parameters<typeof presentToolVersion>[0],
): z.output<typeof toolVersionContentSchema> {
  const { auth: _, ...content } = row.content as Record<string, unknown>
  return { ...presentToolVersion(row), content }
}
