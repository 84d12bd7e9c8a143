import { z } from '@hono/zod-openapi'

/** One of the two; which is told in words of its own, since a union tells neither. */
export const documentSourceSchema = z
  .strictObject({
    document: z
      .string()
      .max(2 ** 20)
      .optional()
      .openapi({ description: 'Text that is JSON or YAML' }),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional()
      .openapi({ description: 'Where the service fetches it: a public address, or one that tools may call' }),
  })
  .refine(({ document, url }) => (document === undefined) !== (url === undefined), {
    error: 'must hold either "document" or "url"',
  })
  .openapi('DocumentSource', { example: { url: 'https://api.example.com/openapi.json' } })

export const documentPreviewSchema = z
  .object({
    document: z.string().openapi({ description: 'The text that was read' }),
    operations: z.array(
      z.object({ id: z.string(), method: z.string(), path: z.string(), description: z.string() }),
    ),
    problems: z
      .array(
        z.object({
          path: z.string(),
          problem: z.string(),
          line: z.int().nullable().openapi({ description: 'Of the text, from 1' }),
        }),
      )
      .openapi({ description: 'Why no tool can be made of it; empty where one can' }),
  })
  .openapi('DocumentPreview')
