import { compileSchema, JsonSchemaError } from '../schema/compile-schema.ts'
import { demandStorable } from './document-bounds.ts'
import { wrong } from './document-error.ts'
import type { JsonValue } from './json.ts'
import { MAX_OPERATIONS_CHARS } from './limits.ts'
import type { Node } from './local-references.ts'
import type { Operation } from './operation.ts'
import { operationsOf } from './operations-of.ts'
import { parseDocument } from './parse-document.ts'

/** A document, and what can be called in the service that it describes. */
export interface ReadDocument {
  readonly document: Node
  readonly operations: readonly Operation[]
}

/**
 * Reads an OpenAPI document and finds out what can be called.
 * @throws DocumentError
 */
export async function readDocument(source: JsonValue): Promise<ReadDocument> {
  const document = await parseDocument(source)
  demandStorable(document)
  const operations = found(() => operationsOf(document))
  const chars = operations.reduce((sum, operation) => sum + JSON.stringify(operation).length, 0)
  if (chars > MAX_OPERATIONS_CHARS)
    throw wrong('paths', `takes ${chars} characters when the schemas of each operation are written out`)
  for (const { id, parameters } of operations) found(() => compileSchema(parameters), `operation "${id}": `)
  return { document, operations }
}

function found<Value>(work: () => Value, prefix = ''): Value {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof JsonSchemaError)) throw error
    throw wrong('', prefix + error.message)
  }
}
