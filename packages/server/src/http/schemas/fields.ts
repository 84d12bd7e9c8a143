import { z } from '@hono/zod-openapi'
import type { PageRequest } from '../../services/page.ts'

/** A text that can be stored: no U+0000, no half of a character. */
export const text = (max: number, min = 0) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine(
      (value) => !value.includes('\0') && isWellFormed(value),
      'must not hold U+0000 or half a character',
    )

/** Node 20 has it, the library of types for ES2023 does not. */
function isWellFormed(value: string): boolean {
  return !/[\ud800-\udfff]/u.test(value)
}

/** Any JSON value. Not a recursive schema: the document of the service would then refer to itself. */
export const json = z.any().openapi({ description: 'Any JSON value' })

/** An object whose names have a form. The first that has another one is told: a schema of names makes an error of each. */
export function named<Value extends z.ZodType>(form: RegExp, message: string, value: Value) {
  return z.record(z.string(), value).superRefine((object, context) => {
    const wrong = Object.keys(object).find((name) => !form.test(name))
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: [wrong], message })
  })
}

/** An identifier in a query. */
export const idQuery = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .optional()

/** The path of a thing with an identifier. */
export const idParam = (prefix: string) =>
  z.object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .openapi({ param: { name: 'id', in: 'path' }, example: `${prefix}_0mf3k9x2ab7c1d2e3f4g5h6j` }),
  })

/** A number of a query, which is digits and nothing else: what is none stays a text, and is refused. */
export const digits = (text: unknown) =>
  typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : text

/** How much of a list is wanted. */
export const limitField = z.preprocess(digits, z.int().min(1).max(100).default(20)).openapi({ example: 20 })

/** Which part of a list is wanted. */
export const pageQuery = z.object({
  limit: limitField,
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional()
    .openapi({ description: 'The "nextCursor" of the part before' }),
})

/** What was asked for, in the words of the services. */
export function pageOf({ limit, cursor }: z.output<typeof pageQuery>): PageRequest {
  return { limit, before: cursor }
}

/** Part of a list. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

export const time = z.iso.datetime().openapi({ example: '2026-01-31T12:00:00.000Z' })
