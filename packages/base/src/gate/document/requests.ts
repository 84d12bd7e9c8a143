import { z } from 'zod'
import type { JsonValue } from './json.ts'
import { MAX_PROBLEMS } from './limits.ts'
import type { Node } from './local-references.ts'

/** Largest message to the child and back. */
export const MAX_MESSAGE_BYTES = 2 ** 25

const parameterSchema = z.strictObject({
  name: z.string(),
  argument: z.string(),
  in: z.enum(['path', 'query', 'header']),
  style: z.enum(['simple', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject']),
  explode: z.boolean(),
})

const nodeSchema = z.custom<Node>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const operationSchema = z.strictObject({
  ...{ id: z.string(), method: z.string(), path: z.string(), description: z.string() },
  parameters: nodeSchema,
  inputs: z.array(parameterSchema),
  body: z.strictObject({ argument: z.string(), contentType: z.string() }).nullable(),
})

/** What the child for documents answers. */
export const documentAnswerSchema = z.union([
  z.strictObject({ document: nodeSchema, operations: z.array(operationSchema) }),
  z.strictObject({
    problems: z
      .array(z.strictObject({ path: z.string(), problem: z.string(), line: z.int().min(1).nullable() }))
      .max(MAX_PROBLEMS),
  }),
])
export type DocumentAnswer = z.output<typeof documentAnswerSchema>

/** What it is asked: to read this. */
export interface DocumentRequest {
  readonly source: JsonValue
}
