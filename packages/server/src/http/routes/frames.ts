import { createRoute, z } from '@hono/zod-openapi'
import { frameDisplay, readFramed } from '../../services/executions/displays.ts'
import { FRAME_HEADERS } from '../console-policy.ts'
import { frameDocument, type Scheme } from '../frame-document.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { open, problems, secured } from '../schemas/answers.ts'
import { newFrameSchema } from '../schemas/executions.ts'
import { digits, idParam } from '../schemas/fields.ts'

const tags = ['Executions']

const create = createRoute({
  ...{ method: 'post', path: '/api/v1/executions/{id}/displays/{number}/frame', tags, security: secured },
  operationId: 'frameDisplay',
  summary: 'Get the address of a frame that shows a display',
  description:
    'For what is "text/html", which runs scripts of untrusted code: in an <iframe sandbox="allow-scripts"> alone. Displays ' +
    'are counted from 0, as they were shown.',
  request: {
    params: idParam('exe').extend({
      number: z
        .preprocess(digits, z.int().min(0).max(1_000_000))
        .openapi({ param: { name: 'number', in: 'path' }, example: 0 }),
    }),
  },
  responses: { 201: jsonAnswer('The address', newFrameSchema), ...problems(404, 410) },
})

const read = createRoute({
  ...{ method: 'get', path: '/frames/{token}', tags, security: open, operationId: 'readFrame' },
  summary: 'Read what a frame shows, once',
  description: 'The token is the credential. What is in it can reach nothing.',
  request: {
    params: z.object({
      token: z
        .string()
        .regex(/^[A-Za-z0-9_-]{32}$/)
        .openapi({ param: { name: 'token', in: 'path' }, example: 'q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6' }),
    }),
    query: z.object({ scheme: z.enum(['light', 'dark']).optional() }),
  },
  responses: {
    200: { description: 'A document', content: { 'text/html': { schema: z.string() } } },
    ...problems(404, 410),
  },
})

/** Frames in which the console shows what untrusted code made. */
export function frameRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const wanted = c.req.valid('param')
      const token = await frameDisplay(c.get('deps').services, c.get('actor'), wanted)
      return c.json({ url: `/frames/${token}` }, 201)
    })
    .openapi(read, async (c) => {
      const content = await readFramed(c.get('deps').services, c.req.valid('param').token)
      const scheme: Scheme = c.req.valid('query').scheme ?? 'light dark'
      for (const [name, value] of Object.entries(FRAME_HEADERS)) c.header(name, value)
      return c.html(frameDocument(content, scheme), 200)
    })
}
