import { createRoute } from '@hono/zod-openapi'
import {
  administers,
  changeModel,
  createModel,
  queryModels,
  readModel,
  removeModel,
} from '../../services/models/models.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'
import { modelChangeSchema, modelSchema, newModelSchema, presentModel } from '../schemas/models.ts'

const tags = ['Models']
const params = idParam('mdl')

const create = createRoute({
  ...{ method: 'post', path: '/models', tags, security: secured, operationId: 'createModel' },
  summary: 'Set up a language model for agents',
  description:
    'For administrators. Any endpoint that speaks as chat completions of OpenAI do, at a public address or a host of ' +
    'AGENTCHAT_MODELS_ALLOW_NET.',
  request: { body: jsonBody(newModelSchema) },
  responses: { 201: jsonAnswer('The model', modelSchema), ...problems(409) },
})

const list = createRoute({
  ...{ method: 'get', path: '/models', tags, security: secured, operationId: 'listModels' },
  summary: 'List the models that you may use, newest first',
  request: { query: pageQuery },
  responses: { 200: jsonAnswer('Some models', listOf(modelSchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/models/{id}', tags, security: secured, operationId: 'readModel' },
  summary: 'Read a model',
  request: { params },
  responses: { 200: jsonAnswer('The model', modelSchema), ...problems(404) },
})

const update = createRoute({
  ...{ method: 'patch', path: '/models/{id}', tags, security: secured, operationId: 'updateModel' },
  summary: 'Change a model',
  description: 'For administrators. The key stays with the origin that it is for: another one needs it anew.',
  request: { params, body: jsonBody(modelChangeSchema) },
  responses: { 200: jsonAnswer('The model', modelSchema), ...problems(404, 409) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/models/{id}', tags, security: secured, operationId: 'deleteModel' },
  summary: 'Delete a model; runs that use it go on',
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...problems(404) },
})

/** Language models for agents. */
export function modelRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const model = await createModel(c.get('deps').services, c.get('actor'), c.req.valid('json'))
      c.header('Location', `/api/v1/models/${model.id}`)
      return c.json(presentModel(model, true), 201)
    })
    .openapi(list, async (c) => {
      const actor = c.get('actor')
      const { items, next } = await queryModels(c.get('deps').services, actor, pageOf(c.req.valid('query')))
      const told = items.map((model) => presentModel(model, administers(actor)))
      return c.json({ items: told, nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const model = await readModel(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.json(presentModel(model, administers(c.get('actor'))), 200)
    })
    .openapi(update, async (c) => {
      const wanted = { id: c.req.valid('param').id, change: c.req.valid('json') }
      return c.json(
        presentModel(await changeModel(c.get('deps').services, c.get('actor'), wanted), true),
        200,
      )
    })
    .openapi(remove, async (c) => {
      await removeModel(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.body(null, 204)
    })
}
