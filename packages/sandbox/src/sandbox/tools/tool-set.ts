import { schemaProblem } from 'agentchat-sandbox-base/gate/schema/schema-problem'
import { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import { InvalidOptionsError, type OptionProblem } from '../errors.ts'
import type { Logger, SandboxSettings } from '../options.ts'
import type { JsonSchema, Tool } from './tool.ts'

/** A tool, with the schema of its arguments. */
export interface CheckedTool {
  readonly name: string
  readonly execute: Tool['execute']
  readonly parameters: JsonSchema
}

/** The tools of a sandbox, and how much of them an execution may use. */
export interface ToolSet {
  readonly names: readonly string[]
  readonly tools: ReadonlyMap<string, CheckedTool>
  /** JSON text for Python: names, descriptions and parameters. */
  readonly description: string
  readonly maxCalls: number
  readonly maxArgumentBytes: number
  readonly maxResultBytes: number
  /** Checks arguments; closed with the sandbox. */
  readonly gate: SchemaGate
  /** Told why a tool failed, which Python is not. */
  readonly logger: Logger | undefined
}

type Settings = Pick<
  SandboxSettings,
  'tools' | 'maxToolCalls' | 'maxToolArgumentBytes' | 'maxToolResultBytes' | 'logger'
>

/** The arguments of a tool that says nothing of them. */
const NO_PARAMETERS = { type: 'object', properties: {}, additionalProperties: false }

/**
 * The tools of these options, or null where there are none.
 * @throws InvalidOptionsError naming each schema that cannot be used, and each name that is there twice
 */
export function makeToolSet(settings: Settings): ToolSet | null {
  const { tools, maxToolCalls, maxToolArgumentBytes, maxToolResultBytes, logger } = settings
  if (tools.length === 0) return null
  const problems: OptionProblem[] = []
  const checked = new Map<string, CheckedTool>()
  for (const [index, { name, parameters = NO_PARAMETERS, execute }] of tools.entries()) {
    if (checked.has(name))
      problems.push({ path: `tools[${index}].name`, problem: `"${name}" is there twice` })
    // As JSON says it: a field that is undefined is not there.
    const schema: JsonSchema = JSON.parse(JSON.stringify(parameters))
    const problem = schemaProblem(schema)
    if (problem !== null) problems.push({ path: `tools[${index}].parameters`, problem })
    checked.set(name, { name, execute, parameters: schema })
  }
  if (problems.length > 0) throw new InvalidOptionsError('options', problems)
  const described = tools.map(({ name, description = '', parameters = NO_PARAMETERS }) => ({
    name,
    description,
    parameters,
  }))
  return {
    names: [...checked.keys()],
    tools: checked,
    description: JSON.stringify({ maxArgumentBytes: maxToolArgumentBytes, tools: described }),
    maxCalls: maxToolCalls,
    maxArgumentBytes: maxToolArgumentBytes,
    maxResultBytes: maxToolResultBytes,
    gate: new SchemaGate(),
    logger,
  }
}
