import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { beginOpenId, finishOpenId } from '../../services/users/open-id.ts'
import { demandKnownHost } from '../known-host.ts'
import { placeOf } from '../place-of.ts'
import { createRouter } from '../router.ts'
import { open, problems } from '../schemas/answers.ts'

const tags = ['Sign-in']

const begin = createRoute({
  ...{ method: 'get', path: '/auth/oidc', tags, security: open, operationId: 'beginOpenId' },
  summary: 'Sign in with the provider of OpenID Connect',
  description: 'For browsers. Not there where no provider is configured.',
  responses: { 302: { description: 'To the provider' }, ...problems(404, 429) },
})

const finish = createRoute({
  ...{ method: 'get', path: '/auth/oidc/callback', tags, security: open, operationId: 'finishOpenId' },
  summary: 'Where the provider sends browsers back to',
  description: 'Sets a cookie.',
  request: {
    query: z.object({
      state: z.string().max(500).optional().openapi({ example: 'pT2m9xQv7nLk' }),
      code: z.string().max(4000).optional().openapi({ example: 'SplxlOBeZQQYbYS6WxSbIA' }),
      error: z.string().max(500).optional().openapi({ example: 'access_denied' }),
      error_description: z.string().max(2000).optional().openapi({ example: 'The user said no' }),
      iss: z.string().max(2000).optional().openapi({ example: 'https://id.example.com' }),
    }),
  },
  responses: {
    200: {
      description: 'A page that leads on',
      content: { 'text/html': { schema: z.string().openapi({ example: '<!doctype html>' }) } },
    },
    ...problems(403, 404, 429),
  },
})

/** Signing in with another service. */
export function openIdRoutes() {
  return createRouter()
    .openapi(begin, async (c) => {
      demandKnownHost(c)
      const { url, cookies } = await beginOpenId(c.get('deps').services, placeOf(c))
      for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
      return c.redirect(url, 302)
    })
    .openapi(finish, async (c) => {
      demandKnownHost(c)
      const query = Object.fromEntries(
        Object.entries(c.req.valid('query')).flatMap(([name, text]) =>
          text === undefined ? [] : [[name, text]],
        ),
      )
      const { cookies } = await finishOpenId(c.get('deps').services, {
        ...{ query, cookie: c.req.header('Cookie') ?? '', place: placeOf(c), requestId: c.get('requestId') },
        userAgent: c.req.header('User-Agent')?.slice(0, 500) ?? null,
      })
      for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
      // Not a redirect: it would be one of the other site, with which the new cookie is not sent.
      return c.html(
        html`<!doctype html><meta http-equiv="refresh" content="0;url=/"><a href="/">Signed in</a>`,
        200,
      )
    })
}
