import { createRoute } from '@hono/zod-openapi'
import { changeUser, createUser, queryUsers, readUser, removeUser } from '../../services/users/users.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'
import { newUserSchema, presentUser, userChangeSchema, userSchema } from '../schemas/users.ts'

const tags = ['Users']
const params = idParam('usr')

const create = createRoute({
  ...{ method: 'post', path: '/users', tags, security: secured, operationId: 'createUser' },
  summary: 'Create a user',
  description: 'For administrators.',
  request: { body: jsonBody(newUserSchema) },
  responses: { 201: jsonAnswer('The user', userSchema), ...problems(409) },
})

const list = createRoute({
  ...{ method: 'get', path: '/users', tags, security: secured, operationId: 'listUsers' },
  summary: 'List the users, newest first',
  description: 'For administrators.',
  request: { query: pageQuery },
  responses: { 200: jsonAnswer('Some users', listOf(userSchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/users/{id}', tags, security: secured, operationId: 'readUser' },
  summary: 'Read a user',
  request: { params },
  responses: { 200: jsonAnswer('The user', userSchema), ...problems(404) },
})

const update = createRoute({
  ...{ method: 'patch', path: '/users/{id}', tags, security: secured, operationId: 'updateUser' },
  summary: 'Change a user',
  description:
    'Users change their own name and, with the old one, their password; administrators everything of everybody, also ' +
    'the password of somebody else. A new password signs out everywhere; API keys stay, and are withdrawn one by one. ' +
    'Disabling a user ends within a second what goes on: executions, streams, live sessions.',
  request: { params, body: jsonBody(userChangeSchema) },
  responses: { 200: jsonAnswer('The user', userSchema), ...problems(404, 409, 429) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/users/{id}', tags, security: secured, operationId: 'deleteUser' },
  summary: 'Delete a user',
  description:
    'For administrators. What goes on is ended within a second; sessions, executions, their results and files are deleted. ' +
    'Tools of the user stay, for administrators, and so does the audit.',
  request: { params },
  responses: { 204: { description: 'The user is gone' }, ...problems(404, 409) },
})

/** Users. */
export function userRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const user = await createUser(c.get('deps').services, c.get('actor'), c.req.valid('json'))
      c.header('Location', `/api/v1/users/${user.id}`)
      return c.json(presentUser(user), 201)
    })
    .openapi(list, async (c) => {
      const page = pageOf(c.req.valid('query'))
      const { items, next } = await queryUsers(c.get('deps').services, c.get('actor'), page)
      return c.json({ items: items.map(presentUser), nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      return c.json(
        presentUser(await readUser(c.get('deps').services, c.get('actor'), c.req.valid('param').id)),
        200,
      )
    })
    .openapi(update, async (c) => {
      const request = { id: c.req.valid('param').id, change: c.req.valid('json') }
      return c.json(presentUser(await changeUser(c.get('deps').services, c.get('actor'), request)), 200)
    })
    .openapi(remove, async (c) => {
      await removeUser(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.body(null, 204)
    })
}
