import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { addApiRoutes, BASE } from './api-routes.ts'
import { authenticated } from './authentication.ts'
import { boundedLength, readBodies } from './bodies.ts'
import { jsonBodies } from './body-encoding.ts'
import { addConsole, builtConsole, CONSOLE_PATHS, consolePage, isPageWanted } from './console-pages.ts'
import { DOCS_HEADERS, docsPage } from './docs-page.ts'
import type { AppDeps, AppEnv } from './environment.ts'
import { methodsIn, options } from './known-methods.ts'
import { observed, securityHeaders, wellFormedPath } from './middleware.ts'
import { describeApi } from './openapi-document.ts'
import { problem, problemOf } from './problem.ts'
import { createRouter, unchanging } from './router.ts'
import { mcpHandler } from './routes/mcp.ts'
import { singleHeaders } from './single-headers.ts'

/** Where somebody becomes somebody; what is there asks by itself where it has to know who. */
const OPEN = `${BASE}/auth/`

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
  app.use(`${BASE}/*`, async (c, next) => {
    if (c.req.path.startsWith(OPEN)) return await next()
    // What is not there is told to everybody, and reaches no route: whatever does has an actor.
    return methodsOf(c.req.path) === null ? await c.notFound() : await authenticated(c, next)
  })
  app.use('/mcp', jsonBodies)
  app.use('/mcp', authenticated)
  const bodies = readBodies()
  app.use('/mcp', bodies)
  app.use(`${BASE}/*`, bodies)
  app.onError(problemOf)
  const files = builtConsole()
  app.notFound(async (c) => {
    const methods = methodsOf(c.req.path)
    if (methods !== null && !methods.split(', ').includes(c.req.method)) {
      c.header('Allow', methods)
      const detail = `Cannot ${c.req.method} that: it has ${methods}`
      return problem(c, { status: 405, code: 'method-not-allowed', detail })
    }
    if (isPageWanted(c) && (await files.page()) !== null) return await consolePage(c, files, 404)
    const detail = `Cannot find ${c.req.method} ${c.req.path.slice(0, 200)}: /api/openapi.json says what is there`
    return problem(c, { status: 404, code: 'not-found', detail })
  })
  const api = addApiRoutes(app)
  const document = describeApi(api, deps)
  const mcp = { get: {}, post: {}, delete: {} }
  const pages = { ...CONSOLE_PATHS, '/mcp': mcp, '/api/docs': { get: {} }, '/api/openapi.json': { get: {} } }
  const methodsOf = methodsIn({ ...document.paths, ...pages })
  const asJson = () => JSON.stringify(document)
  app.get('/api/openapi.json', unchanging({ 'Content-Type': 'application/json' }, asJson))
  app.get(
    '/api/docs',
    unchanging(DOCS_HEADERS, () => docsPage(document)),
  )
  app.on(['GET', 'POST', 'DELETE'], '/mcp', mcpHandler(deps))
  addConsole(app, files)
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
