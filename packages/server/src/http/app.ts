import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { addApiRoutes, BASE } from './api-routes.ts'
import { authenticated } from './authentication.ts'
import { boundedLength, readBodies } from './bodies.ts'
import { jsonBodies } from './body-encoding.ts'
import { docsPage } from './docs-page.ts'
import type { AppDeps, AppEnv } from './environment.ts'
import { methodsIn, options } from './known-methods.ts'
import { observed, securityHeaders, wellFormedPath } from './middleware.ts'
import { describeApi } from './openapi-document.ts'
import { problem, problemOf } from './problem.ts'
import { createRouter } from './router.ts'
import { mcpHandler } from './routes/mcp.ts'
import { singleHeaders } from './single-headers.ts'

const SECURED = ['executions', 'sessions', 'tools', 'agent', 'models', 'users', 'api-keys', 'audit']

/** The whole service as one function from request to answer. */
export function createApp(deps: AppDeps) {
  const app = createRouter()
  app.use(observed(deps))
  app.use(securityHeaders)
  app.use(singleHeaders)
  app.use(wellFormedPath)
  if (deps.corsOrigins.length > 0) app.use(`${BASE}/*`, crossOrigin(deps.corsOrigins))
  app.use(options((path) => methodsOf(path)))
  app.use(boundedLength)
  app.use(`${BASE}/*`, jsonBodies)
  for (const resource of SECURED) {
    app.use(`${BASE}/${resource}`, authenticated)
    app.use(`${BASE}/${resource}/*`, authenticated)
  }
  app.use('/mcp', jsonBodies)
  app.use('/mcp', authenticated)
  const bodies = readBodies()
  app.use('/mcp', bodies)
  app.use(`${BASE}/*`, bodies)
  app.onError(problemOf)
  app.notFound((c) => {
    const methods = methodsOf(c.req.path)
    if (methods !== null) {
      c.header('Allow', methods)
      const detail = `Cannot ${c.req.method} that: it has ${methods}`
      return problem(c, { status: 405, code: 'method-not-allowed', detail })
    }
    const detail = `Cannot find ${c.req.method} ${c.req.path.slice(0, 200)}: /api/openapi.json says what is there`
    return problem(c, { status: 404, code: 'not-found', detail })
  })
  const api = addApiRoutes(app)
  const document = describeApi(api, deps)
  const mcp = { get: {}, post: {}, delete: {} }
  const pages = { '/': { get: {} }, '/mcp': mcp, '/api/docs': { get: {} }, '/api/openapi.json': { get: {} } }
  const methodsOf = methodsIn({ ...document.paths, ...pages })
  app.get('/api/openapi.json', (c) => c.json(document, 200, { 'Cache-Control': 'public, max-age=300' }))
  app.get('/api/docs', (c) => docsPage(c, document))
  app.on(['GET', 'POST', 'DELETE'], '/mcp', mcpHandler(deps))
  app.get('/', (c) => c.redirect('/api/docs'))
  return api
}

/** Cookies are never for other sites: they use API keys. */
function crossOrigin(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  const answer = cors({
    origin: [...origins],
    allowHeaders: ['Authorization', 'Content-Type', 'If-Match', 'Idempotency-Key', 'Prefer', 'Last-Event-ID'],
    exposeHeaders: ['ETag', 'Location', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  })
  return async (c, next) => {
    const asksMethods =
      c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') === undefined
    return asksMethods ? await next() : await answer(c, next)
  }
}
