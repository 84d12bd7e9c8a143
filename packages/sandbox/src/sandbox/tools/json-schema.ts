import { createRequire } from 'node:module'
import { createContext, Script } from 'node:vm'
import type { ErrorObject, ValidateFunction } from 'ajv'
import type { OptionProblem } from '../errors.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

const require = createRequire(import.meta.url)
const MAX_SCHEMA_CHARS = 256 * 1024
const MAX_PROBLEMS = 20
const PATTERN_TIMEOUT_MS = 50

/** A schema that cannot be used to check arguments. */
export class JsonSchemaError extends Error {
  override readonly name = 'JsonSchemaError'
}

/** Checks a value; gives what is wrong with it. */
export type SchemaCheck = (value: unknown) => readonly OptionProblem[]

/**
 * Makes the check of a JSON Schema that somebody wrote. References lead nowhere but into itself.
 * @throws JsonSchemaError
 */
export function compileSchema(schema: JsonSchema): SchemaCheck {
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    throw new JsonSchemaError(`the schema is longer than ${MAX_SCHEMA_CHARS} characters`)
  // Loaded only where there is a schema: it would double the time that this package takes to load.
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
  // One for each schema: an instance would keep what it has compiled, and let schemas refer to each other.
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    validateFormats: false,
    addUsedSchema: false,
    logger: false,
    code: { regExp: timedRegExp },
  })
  let validate: ValidateFunction
  try {
    validate = ajv.compile(schema)
  } catch (error) {
    throw new JsonSchemaError(error instanceof Error ? error.message : String(error))
  }
  return (value) => {
    try {
      return validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(problemOf)
    } catch (error) {
      return [{ path: '', problem: error instanceof Error ? error.message : String(error) }]
    }
  }
}

function problemOf({ instancePath, message, params }: ErrorObject): OptionProblem {
  const path = instancePath
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
  const extra = 'additionalProperty' in params ? ` "${String(params.additionalProperty)}"` : ''
  const allowed = 'allowedValues' in params ? `: ${JSON.stringify(params.allowedValues).slice(0, 200)}` : ''
  return { path, problem: `${message ?? 'is not valid'}${extra}${allowed}` }
}

const pattern = createContext(
  { pattern: null, text: '' },
  { codeGeneration: { strings: false, wasm: false } },
)
const test = new Script('pattern.test(text)')

/** Patterns come from strangers, and some take ages: one that takes too long counts as an error. */
function timedRegExp(source: string, flags: string) {
  const expression = new RegExp(source, flags)
  return {
    // Ajv keeps patterns by their text.
    toString: () => String(expression),
    test(text: string): boolean {
      Object.assign(pattern, { pattern: expression, text })
      try {
        return test.runInContext(pattern, { timeout: PATTERN_TIMEOUT_MS }) === true
      } catch {
        throw new JsonSchemaError(`the pattern ${JSON.stringify(source.slice(0, 100))} takes too long`)
      }
    },
  }
}
timedRegExp.code = 'new RegExp'
