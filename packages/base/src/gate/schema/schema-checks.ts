import { TooSlowError, withinTime } from '../child/within-time.ts'
import { compileSchema, JsonSchemaError, type SchemaCheck } from './compile-schema.ts'
import { CHECK_MS, type SchemaAnswer, type SchemaRequest } from './requests.ts'
import { isNode } from './subschemas.ts'

const MAX_KEPT = 500
const MAX_KEPT_CHARS = 2 ** 22
const MAX_TEXT_CHARS = 2000

/** The checks that were compiled, the least used of which are forgotten. */
export class SchemaChecks {
  readonly #kept = new Map<string, { readonly check: SchemaCheck; readonly chars: number }>()
  #chars = 0

  answer(request: SchemaRequest): SchemaAnswer {
    try {
      return withinTime(CHECK_MS, () => this.#answer(request))
    } catch (error) {
      if (error instanceof TooSlowError) return { slow: error.message }
      if (error instanceof JsonSchemaError) return { unusable: error.message.slice(0, MAX_TEXT_CHARS) }
      // Only a schema that leads into itself without end gets here.
      if (error instanceof RangeError) return { slow: 'its references do not end' }
      throw error
    }
  }

  #answer(request: SchemaRequest): SchemaAnswer {
    if (request.kind === 'compile') {
      compiled(request.schema)
      return { problems: [] }
    }
    const { key, schema, value } = request
    const check = this.#find(key) ?? (schema === undefined ? undefined : this.#keep(key, schema))
    if (check === undefined) return { unknown: true }
    return {
      problems: check(value).map(({ path, problem }) => ({
        path: path.slice(0, MAX_TEXT_CHARS),
        problem: problem.slice(0, MAX_TEXT_CHARS),
      })),
    }
  }

  #find(key: string): SchemaCheck | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.check
  }

  #keep(key: string, schema: unknown): SchemaCheck {
    const check = compiled(schema)
    const chars = JSON.stringify(schema).length
    this.#kept.set(key, { check, chars })
    this.#chars += chars
    for (const [oldest, { chars: freed }] of this.#kept) {
      if (oldest === key || (this.#kept.size <= MAX_KEPT && this.#chars <= MAX_KEPT_CHARS)) break
      this.#kept.delete(oldest)
      this.#chars -= freed
    }
    return check
  }
}

function compiled(schema: unknown): SchemaCheck {
  if (!isNode(schema)) throw new JsonSchemaError('the schema is no object')
  return compileSchema(schema)
}
