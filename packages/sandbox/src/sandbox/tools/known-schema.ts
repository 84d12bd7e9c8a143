import { schemaProblem } from 'agentchat-sandbox-base/gate/schema/schema-problem'
import type { JsonSchema } from './tool.ts'

/** The schema of the arguments of a tool, as JSON says it. */
export interface KnownSchema {
  readonly schema: JsonSchema
  readonly text: string
  /** Stands for it wherever schemas are compared; another schema has another key. */
  readonly key: string
  /** Why it cannot be used, or null. */
  readonly problem: string | null
}

const known = new WeakMap<JsonSchema, KnownSchema>()
let count = 0

/** What there is to know of a schema. Looked at once, as long as it says the same: tools come with each execution. */
export function knownSchema(parameters: JsonSchema): KnownSchema {
  const text = jsonOf(parameters)
  const before = known.get(parameters)
  if (before !== undefined && before.text === text) return before
  count += 1
  const found = inspected(text, `schema-${count}`)
  known.set(parameters, found)
  return found
}

function inspected(text: string | null, key: string): KnownSchema {
  if (text === null)
    return {
      schema: {},
      text: '',
      key,
      problem: 'is not JSON: it holds itself, or what JSON has no form for',
    }
  // As JSON says it: a field that is undefined is not there.
  const schema: JsonSchema = JSON.parse(text)
  return { schema, text, key, problem: schemaProblem(schema) ?? problemOfArguments(schema) }
}

/** The arguments of a call are always an object, with names. */
function problemOfArguments({ type, properties, required }: JsonSchema): string | null {
  if (type !== undefined && ![type].flat().includes('object'))
    return '"type" of the arguments must be "object"'
  if (properties !== undefined && !isRecord(properties)) return '"properties" must be an object'
  if (required !== undefined && !isNames(required)) return '"required" must be a list of names'
  return null
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function jsonOf(parameters: JsonSchema): string | null {
  try {
    return JSON.stringify(parameters) ?? null
  } catch {
    return null
  }
}
