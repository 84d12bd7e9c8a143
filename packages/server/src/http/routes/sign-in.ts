import { createRoute } from '@hono/zod-openapi'
import { ForbiddenError } from '../../services/errors.ts'
import { SCOPES } from '../../services/permission-check.ts'
import { signIn, signOut } from '../../services/users/authenticate.ts'
import { readSelf } from '../../services/users/users.ts'
import { authenticated } from '../authentication.ts'
import { demandKnownHost } from '../known-host.ts'
import { isCrossSite } from '../middleware.ts'
import { placeOf } from '../place-of.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { open, problems, secured } from '../schemas/answers.ts'
import { presentUser, selfSchema, signInSchema, userSchema } from '../schemas/users.ts'

const tags = ['Sign-in']

const create = createRoute({
  ...{ method: 'post', path: '/auth/sign-in', tags, security: open, operationId: 'signIn' },
  summary: 'Sign in',
  description: 'Sets a cookie. Failed attempts are slowed down.',
  request: { body: jsonBody(signInSchema) },
  responses: { 200: jsonAnswer('Who has signed in', userSchema), ...problems(429) },
})

const remove = createRoute({
  ...{ method: 'post', path: '/auth/sign-out', tags, security: secured, operationId: 'signOut' },
  summary: 'Sign out',
  responses: { 204: { description: 'The cookie is not valid any more' }, ...problems() },
})

const self = createRoute({
  ...{ method: 'get', path: '/auth/self', tags, security: secured, operationId: 'readSelf' },
  summary: 'Who am I?',
  responses: { 200: jsonAnswer('Whose the credential is', selfSchema), ...problems(404) },
})

/** Signing in and out. */
export function signInRoutes() {
  const router = createRouter()
  router.use('/auth/sign-out', authenticated)
  router.use('/auth/self', authenticated)
  return router
    .openapi(create, async (c) => {
      demandKnownHost(c)
      // Else another site could sign somebody in as somebody else, without their notice.
      if (isCrossSite(c)) throw new ForbiddenError('sign in: the request comes from another site')
      const request = { ...c.req.valid('json'), place: placeOf(c), requestId: c.get('requestId') }
      const userAgent = c.req.header('User-Agent')?.slice(0, 500) ?? null
      const { user, cookies } = await signIn(c.get('deps').services, { ...request, userAgent })
      for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
      return c.json(presentUser(user), 200)
    })
    .openapi(remove, async (c) => {
      const cookies = await signOut(c.get('deps').services, c.get('actor'), c.req.header('Cookie') ?? '')
      for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
      return c.body(null, 204)
    })
    .openapi(self, async (c) => {
      const actor = c.get('actor')
      const user = await readSelf(c.get('deps').services, actor)
      const scopes = actor.scopes === 'all' ? [...SCOPES] : [...actor.scopes]
      return c.json({ user: presentUser(user), scopes, apiKeyId: actor.apiKeyId }, 200)
    })
}
