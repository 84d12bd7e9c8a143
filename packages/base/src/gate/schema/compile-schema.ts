import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { schemaProblem } from './schema-problem.ts'
import type { Node } from './subschemas.ts'

const MAX_PROBLEMS = 20

/** A schema that cannot be used to check values. */
export class JsonSchemaError extends Error {
  override readonly name = 'JsonSchemaError'
}

/** One thing that is wrong with a value: where (`list.1`), and what. */
export interface ValueProblem {
  readonly path: string
  readonly problem: string
}

/** Checks a value; gives what is wrong with it. */
export type SchemaCheck = (value: unknown) => readonly ValueProblem[]

/**
 * Makes the check of a JSON Schema, draft 2020-12, that somebody wrote. References lead nowhere but into itself. Only for a
 * process that may be killed: what it takes to check a value has no bound.
 * @throws JsonSchemaError
 */
export function compileSchema(schema: Node): SchemaCheck {
  const problem = schemaProblem(schema)
  if (problem !== null) throw new JsonSchemaError(problem)
  const validate = compiled(schema)
  return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(problemOf))
}

function compiled(schema: Node): ValidateFunction {
  // One for each schema: an instance would keep what it has compiled, and let schemas refer to each other.
  const ajv = new Ajv2020({
    ...{ strict: false, allErrors: false, validateFormats: false, logger: false },
    // A copy at each reference would make a short schema long.
    inlineRefs: false,
  })
  countUniqueItems(ajv)
  try {
    return ajv.compile(schema)
  } catch (error) {
    throw new JsonSchemaError(error instanceof Error ? error.message : String(error))
  }
}

function problemOf({ instancePath, message, params }: ErrorObject): ValueProblem {
  const path = instancePath
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
  const extra = 'additionalProperty' in params ? ` "${String(params.additionalProperty)}"` : ''
  const allowed = 'allowedValues' in params ? `: ${JSON.stringify(params.allowedValues).slice(0, 200)}` : ''
  return { path, problem: `${message ?? 'is not valid'}${extra}${allowed}` }
}

/** Ajv compares each item with each other one: here each is looked up once. */
function countUniqueItems(ajv: Pick<Ajv, 'removeKeyword' | 'addKeyword'>): void {
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (wanted: boolean, items: readonly unknown[]) => !wanted || areUnique(items),
  })
}

function areUnique(items: readonly unknown[]): boolean {
  return new Set(items.map(canonical)).size === items.length
}

/** The same text for what JSON Schema takes to be equal. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
}
