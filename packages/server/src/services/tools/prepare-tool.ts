import type { JsonValue } from 'agentchat-sandbox'
import type { ToolContent } from '../../db/queries/tools.ts'
import { quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidToolError, type Problem } from '../errors.ts'
import { type Redaction, redactionProblems } from '../executions/redaction-policy.ts'
import { hostProblems, netGrantProblems } from '../net-grants.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import { openapiParameters, prepareOpenapi } from './openapi-tool.ts'
import { checkPythonTool, type Saving } from './python-tool.ts'
import type { JsonSchema, Tool, ToolAuth, ToolLimits, ToolTest } from './tool-content.ts'

/** The code of a tool as its author sends it. */
export interface PythonInput {
  readonly code: string
  readonly entry?: string | undefined
  readonly tests?: readonly ToolTest[] | undefined
}

/** The document of a tool as its author sends it: as JSON, or as text that is JSON or YAML. */
export interface OpenapiInput {
  readonly document: JsonValue
  readonly baseUrl?: string | undefined
}

interface Described {
  readonly name: string
  readonly displayName?: string | undefined
  readonly description?: string | undefined
  readonly logoUrl?: string | null | undefined
  readonly parameters?: JsonSchema | undefined
  readonly auth?: ToolAuth | undefined
  readonly permissions?: ToolPermissions | undefined
  readonly limits?: ToolLimits | undefined
  /** What is taken out of what comes back, where that is more than everywhere; null for no more. */
  readonly redaction?: Redaction | null | undefined
  readonly enabled?: boolean | undefined
}

/** A tool as its author sends it. */
export type NewTool = Described & { readonly system?: boolean | undefined } & (
    | { readonly kind: 'python'; readonly definition: PythonInput }
    | { readonly kind: 'openapi'; readonly definition: OpenapiInput }
  )

/** What an update changes. */
export type ToolChange = { readonly [key in keyof Described]?: Described[key] | undefined } & {
  readonly definition?: PythonInput | OpenapiInput | undefined
}

/** What is stored of a tool, with the authentication not sealed yet. */
export type PreparedContent = Omit<ToolContent, 'auth'> & { readonly auth: ToolAuth }

const NO_AUTH: ToolAuth = { type: 'none' }

/**
 * Checks a tool, loads it, and derives what its author left out.
 * @throws InvalidToolError with everything that is wrong
 */
export async function contentOf(
  context: ServiceContext,
  tool: NewTool,
  saving: Saving,
): Promise<PreparedContent> {
  const { permissions = { allowNet: [] }, limits = {}, auth = NO_AUTH, redaction = null } = tool
  refuse(problemsOf(context, { ...tool, permissions, limits, auth, redaction }))
  const common = {
    ...{ name: tool.name, displayName: tool.displayName ?? tool.name, logoUrl: tool.logoUrl ?? null },
    ...{ permissions, limits, auth, redaction, enabled: tool.enabled ?? true, kind: tool.kind },
  }
  if (tool.kind === 'openapi') {
    // Reading it takes a process of the gate for as long as it likes, whatever comes of it. Code is an execution anyway.
    await context.quotas.begin(quotaHolders(context, saving.actor))
    const definition = await prepareOpenapi(context, saving.actor.userId, tool.definition)
    const description = tool.description ?? titleOf(definition.document)
    return { ...common, description, definition, parameters: openapiParameters(definition) }
  }
  const { code, entry = 'main', tests = [] } = tool.definition
  const definition = { code, entry, tests, derived: tool.parameters === undefined }
  const found = await checkPythonTool(context, definition, { permissions, limits, saving })
  const parameters = tool.parameters ?? found.parameters
  await demandSchema(context, saving.actor.userId, parameters)
  return { ...common, description: tool.description ?? found.description, definition, parameters }
}

/**
 * The content of a tool with some of it changed. It is loaded only when that can make a difference.
 * @throws InvalidToolError
 */
export async function changedContent(
  context: ServiceContext,
  {
    current,
    auth,
    change,
    saving,
  }: {
    readonly current: Tool
    readonly auth: ToolAuth
    readonly change: ToolChange
    readonly saving: Saving
  },
): Promise<PreparedContent> {
  const { definition, parameters, permissions, limits } = change
  const kept = {
    ...{ name: change.name ?? current.name, displayName: change.displayName ?? current.displayName },
    ...{ description: change.description ?? current.description, enabled: change.enabled ?? current.enabled },
    logoUrl: change.logoUrl === undefined ? current.logoUrl : change.logoUrl,
    ...{ permissions: permissions ?? current.permissions, limits: limits ?? current.limits },
    auth: change.auth ?? auth,
    redaction: change.redaction === undefined ? current.redaction : change.redaction,
  }
  if ([definition, parameters, permissions, limits].every((part) => part === undefined)) {
    refuse(
      problemsOf(context, { ...kept, system: current.system, kind: current.kind, parameters: undefined }),
    )
    return { ...kept, kind: current.kind, definition: current.definition, parameters: current.parameters }
  }
  const derived = current.kind === 'openapi' || current.definition.derived
  const own = parameters ?? (derived ? undefined : current.parameters)
  const input = { ...kept, system: current.system, ...(own === undefined ? {} : { parameters: own }) }
  if (current.kind === 'openapi') {
    if (definition !== undefined && !('document' in definition))
      throw new InvalidToolError([
        { path: 'definition', problem: 'must hold a "document": the kind is "openapi"' },
      ])
    const tool = { ...input, kind: 'openapi', definition: definition ?? current.definition } as const
    return await contentOf(context, tool, saving)
  }
  if (definition !== undefined && !('code' in definition))
    throw new InvalidToolError([{ path: 'definition', problem: 'must hold "code": the kind is "python"' }])
  const tool = { ...input, kind: 'python', definition: definition ?? current.definition } as const
  return await contentOf(context, tool, saving)
}

interface Settings {
  readonly kind: Tool['kind']
  readonly system?: boolean | undefined
  readonly permissions: ToolPermissions
  readonly limits: ToolLimits
  readonly auth: ToolAuth
  readonly redaction: Redaction | null
  readonly parameters?: JsonSchema | undefined
}

function problemsOf(context: ServiceContext, tool: Settings): Problem[] {
  const { maxTimeoutSeconds, maxMemoryMb } = context.policy
  const { timeoutSeconds = 0, memoryLimitMb = 0 } = tool.limits
  const problem = (wrong: boolean, path: string, text: string) => (wrong ? [{ path, problem: text }] : [])
  const isPython = tool.kind === 'python'
  return [
    ...problem(
      timeoutSeconds > maxTimeoutSeconds,
      'limits.timeoutSeconds',
      `at most ${maxTimeoutSeconds} here`,
    ),
    ...problem(memoryLimitMb > maxMemoryMb, 'limits.memoryLimitMb', `at most ${maxMemoryMb} here`),
    ...problem(
      isPython && (tool.auth.type !== 'none' || tool.auth.headers !== undefined),
      'auth',
      'only for the kind "openapi": secrets never enter the sandbox',
    ),
    ...problem(
      !isPython && tool.permissions.allowNet.length > 0,
      'permissions.allowNet',
      'only for the kind "python"',
    ),
    ...problem(
      !isPython && tool.parameters !== undefined,
      'parameters',
      'only for the kind "python": they are derived from the document',
    ),
    ...problem(!isPython && tool.redaction !== null, 'redaction', 'only for the kind "python"'),
    ...redactionProblems(tool.redaction, context.policy.redaction),
    ...netProblems(context, tool),
  ]
}

/** Hosts that the policy does not grant are for tools of the system, which only administrators make. */
function netProblems(context: ServiceContext, { system = false, permissions }: Settings): Problem[] {
  if (system) return hostProblems(permissions.allowNet, 'permissions.allowNet')
  return netGrantProblems(context, permissions)
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidToolError(problems)
}

async function demandSchema(
  { schemas }: ServiceContext,
  owner: string,
  parameters: JsonSchema,
): Promise<void> {
  const problem = await schemas.problemOf(owner, parameters)
  if (problem !== null) throw new InvalidToolError([{ path: 'parameters', problem }])
}

function titleOf(document: JsonSchema): string {
  const { info } = document
  if (typeof info !== 'object' || info === null || Array.isArray(info)) return ''
  return [info.title, info.description]
    .filter((text) => typeof text === 'string')
    .join(': ')
    .slice(0, 4000)
}
