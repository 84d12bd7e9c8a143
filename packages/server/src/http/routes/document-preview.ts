import { createRoute } from '@hono/zod-openapi'
import { previewDocument } from '../../services/tools/preview-document.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { documentPreviewSchema, documentSourceSchema } from '../schemas/document-preview.ts'

const tags = ['Tools']

const preview = createRoute({
  ...{ method: 'post', path: '/tools/preview', tags, security: secured, operationId: 'previewDocument' },
  summary: 'Read an OpenAPI document, and see what could be called',
  description:
    'Makes no tool. A document that no tool can be made of is answered with its problems, each with its line.',
  request: { body: jsonBody(documentSourceSchema) },
  responses: { 200: jsonAnswer('What is in it', documentPreviewSchema), ...problems(429, 502) },
})

/** A look into a document before a tool is made of it. */
export function documentPreviewRoutes() {
  return createRouter().openapi(preview, async (c) => {
    const { document, url = '' } = c.req.valid('json')
    const source = document === undefined ? { url } : { document }
    const wanted = { source, signal: c.req.raw.signal }
    const { operations, problems, ...read } = await previewDocument(
      c.get('deps').services,
      c.get('actor'),
      wanted,
    )
    return c.json({ ...read, operations: [...operations], problems: [...problems] }, 200)
  })
}
