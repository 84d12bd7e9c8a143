import { z } from 'zod'

/** Longest check, compilation included, in milliseconds; where the child does not keep to it, it is killed. */
export const CHECK_MS = 1000

/** Largest message to the child and back: a request of the service, and its schema. */
export const MAX_MESSAGE_BYTES = 2 ** 26

/** What the child for JSON Schemas is asked. */
export type SchemaRequest =
  | { readonly kind: 'compile'; readonly schema: unknown }
  | {
      readonly kind: 'check'
      /** Stands for the schema, which is sent when the child does not know it. */
      readonly key: string
      readonly schema?: unknown
      readonly value: unknown
    }

/** What it answers: `unusable` tells why a schema is. Made by those who ask, so that loading the library does not take longer. */
export function makeAnswerSchema() {
  return z.union([
    z.strictObject({
      problems: z.array(z.strictObject({ path: z.string(), problem: z.string() })).max(20),
    }),
    z.strictObject({ unusable: z.string() }),
    z.strictObject({ unknown: z.literal(true) }),
    z.strictObject({ slow: z.string() }),
  ])
}
export type SchemaAnswer = z.output<ReturnType<typeof makeAnswerSchema>>
