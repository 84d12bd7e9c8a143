import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  type FileOfSession,
  listSessionFiles,
  readSessionFile,
  removeSessionFile,
  writeSessionFile,
} from '../../services/sessions/session-files.ts'
import type { AppEnv } from '../environment.ts'
import { fileAnswer } from '../file-answer.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam } from '../schemas/fields.ts'
import { presentSessionFile, sessionFileSchema, writtenFileSchema } from '../schemas/sessions.ts'

const tags = ['Sessions']
const params = idParam('ses')
const bytes = { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } }
const path = '/sessions/{id}/files/{path}'
const file = params.extend({
  path: z
    .string()
    .min(1)
    .openapi({ param: { name: 'path', in: 'path' }, example: 'data/sales.csv' }),
})
const slashes = 'A "/" in the path may stand as it is or as "%2F".'

const list = createRoute({
  ...{ method: 'get', path: '/sessions/{id}/files', tags, security: secured },
  operationId: 'listSessionFiles',
  summary: 'List what lies in a folder of a session',
  request: {
    params,
    query: z.object({
      path: z.string().default('').openapi({ description: 'By default the working folder', example: '' }),
    }),
  },
  responses: {
    200: jsonAnswer('What is there, in no order', z.object({ items: z.array(sessionFileSchema) })),
    ...problems(404, 409, 429),
  },
})

const read = createRoute({
  ...{ method: 'get', path, tags, security: secured, operationId: 'readSessionFile' },
  summary: 'Read a file of a session',
  description: `Ranges ("Range: bytes=0-99") and "If-None-Match" are understood. ${slashes}`,
  request: { params: file },
  responses: {
    200: { description: 'The file', content: bytes },
    206: { description: 'Part of the file', content: bytes },
    304: { description: 'The file is what you have' },
    ...problems(404, 409, 416, 429),
  },
})

const write = createRoute({
  ...{ method: 'put', path, tags, security: secured, operationId: 'writeSessionFile' },
  summary: 'Make or replace a file of a session',
  description: `The body is the file, of whatever type. It is kept when this answers. ${slashes}`,
  request: { params: file, body: { required: true, content: bytes } },
  responses: { 200: jsonAnswer('The file', writtenFileSchema), ...problems(404, 409, 429) },
})

const remove = createRoute({
  ...{ method: 'delete', path, tags, security: secured, operationId: 'deleteSessionFile' },
  summary: 'Delete a file of a session, or a folder with all that is in it',
  description: slashes,
  request: { params: file },
  responses: { 204: { description: 'It is gone' }, ...problems(404, 409, 429) },
})

/** Files in the working folders of sessions. */
export function sessionFileRoutes() {
  const router = createRouter()
    .openapi(list, async (c) => {
      const wanted = { id: c.req.valid('param').id, path: c.req.valid('query').path }
      const items = await listSessionFiles(c.get('deps').services, c.get('actor'), wanted)
      return c.json({ items: items.map(presentSessionFile) }, 200)
    })
    .openapi(read, async (c) => (await toRead(c, c.req.valid('param'))) as never)
    .openapi(write, async (c) => await toWrite(c, c.req.valid('param')))
    .openapi(remove, async (c) => await toRemove(c, c.req.valid('param')))
  // The same with every "/" as it is, which a description of OpenAPI has no word for.
  const whole = '/sessions/:id/files/:path{.+}'
  const wanted = (c: Context<AppEnv>) => ({ id: c.req.param('id') ?? '', path: c.req.param('path') ?? '' })
  router.get(whole, (c) => toRead(c, wanted(c)))
  router.put(whole, (c) => toWrite(c, wanted(c)))
  router.delete(whole, (c) => toRemove(c, wanted(c)))
  return router
}

async function toRead(c: Context<AppEnv>, wanted: FileOfSession) {
  return fileAnswer(c, await readSessionFile(c.get('deps').services, c.get('actor'), wanted))
}

async function toWrite(c: Context<AppEnv>, wanted: FileOfSession) {
  const bytes = new Uint8Array(await c.req.arrayBuffer())
  const sha256 = await writeSessionFile(c.get('deps').services, c.get('actor'), { ...wanted, bytes })
  c.header('ETag', `"${sha256}"`)
  return c.json({ path: wanted.path, size: bytes.length, sha256 }, 200)
}

async function toRemove(c: Context<AppEnv>, wanted: FileOfSession) {
  await removeSessionFile(c.get('deps').services, c.get('actor'), wanted)
  return c.body(null, 204)
}
