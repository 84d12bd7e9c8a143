import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { JsonValue } from './json.ts'
import { MAX_PROBLEMS } from './limits.ts'
import type { Node } from './local-references.ts'
import type { Operation, OperationParameter } from './operation.ts'
import type { ReadDocument } from './read-document.ts'

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
  inputs: z.array(nodeSchema),
  body: z.strictObject({ argument: z.string(), contentType: z.string() }).nullable(),
})

const problemsSchema = z.strictObject({
  problems: z
    .array(z.strictObject({ path: z.string(), problem: z.string(), line: z.int().min(1).nullable() }))
    .max(MAX_PROBLEMS),
})
type Problems = z.output<typeof problemsSchema>

const answerSchema = z.union([
  z.strictObject({ document: nodeSchema, operations: z.array(nodeSchema) }),
  problemsSchema,
])

/** So many operations and parameters are validated in one turn of the event loop. */
const TURN_ITEMS = 100

/** What the child for documents answers, validated in turns with other work. @throws ZodError */
export async function documentAnswerOf(value: unknown): Promise<ReadDocument | Problems> {
  const answer = answerSchema.parse(value)
  if ('problems' in answer) return answer
  let items = 0
  const turn = async () => {
    items += 1
    if (items % TURN_ITEMS === 0) await setImmediate()
  }
  const operations: Operation[] = []
  for (const told of answer.operations) {
    await turn()
    const { inputs: toldInputs, ...operation } = operationSchema.parse(told)
    const inputs: OperationParameter[] = []
    for (const input of toldInputs) {
      await turn()
      inputs.push(parameterSchema.parse(input))
    }
    operations.push({ ...operation, inputs })
  }
  await setImmediate()
  return { document: answer.document, operations }
}

/** What it is asked: to read this. */
export interface DocumentRequest {
  readonly source: JsonValue
}
