import { InvalidOptionsError, type OptionProblem } from '../errors.ts'
import type { Logger, SandboxSettings } from '../options.ts'
import { compileSchema, JsonSchemaError, type SchemaCheck } from './json-schema.ts'
import type { Tool } from './tool.ts'

/** A tool, with the check of its arguments. */
export interface CheckedTool {
  readonly name: string
  readonly execute: Tool['execute']
  readonly check: SchemaCheck
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
    try {
      checked.set(name, { name, execute, check: compileSchema(parameters) })
    } catch (error) {
      if (!(error instanceof JsonSchemaError)) throw error
      problems.push({ path: `tools[${index}].parameters`, problem: error.message })
    }
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
    logger,
  }
}
