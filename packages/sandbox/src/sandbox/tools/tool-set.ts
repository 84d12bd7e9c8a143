import type { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import type { Logger } from '../listeners.ts'
import type { JsonSchema, ToolSettings } from './tool.ts'

/** A tool, with the schema of its arguments and limits of its own. */
export interface CheckedTool extends Omit<ToolSettings, 'parameters'> {
  readonly parameters: JsonSchema
  /** Stands for `parameters`. */
  readonly schemaKey: string
  readonly maxArgumentBytes: number
  readonly maxResultBytes: number
}

/** The tools of an execution, and how much of them it may use. */
export interface ToolSet {
  readonly names: readonly string[]
  readonly tools: ReadonlyMap<string, CheckedTool>
  /** JSON text for Python: names, descriptions and parameters. */
  readonly description: string
  readonly maxCalls: number
  /** Checks arguments; closed with the sandbox. */
  readonly gate: SchemaGate
  /** Told why a tool failed, which Python is not. */
  readonly logger: Logger | undefined
}
