import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './environment.ts'

/** The methods that a path has, such as `GET, HEAD, POST`; null for a path that is not there. */
export type MethodsOf = (path: string) => string | null

interface Known {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}

/** Looks the methods of a path up in a description (OpenAPI 3.1). */
export function methodsIn(paths: Readonly<Record<string, object>>): MethodsOf {
  const known: Known[] = Object.entries(paths).map(([path, item]) => ({
    pattern: patternOf(path),
    methods: Object.keys(item).map((method) => method.toUpperCase()),
  }))
  return (path) => {
    const methods = known.filter(({ pattern }) => pattern.test(path)).flatMap((each) => each.methods)
    if (methods.length === 0) return null
    const all = new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])
    return [...all].sort().join(', ')
  }
}

/** A last parameter that is a path may hold slashes. */
function patternOf(path: string): RegExp {
  const parts = path.split(/(\{[^{}]+\})/).map((part) => {
    if (!part.startsWith('{')) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    return part === '{path}' ? '.+' : '[^/]+'
  })
  // A name may hold a line end, which is none of the path.
  return new RegExp(`^${parts.join('')}$`, 's')
}

/** Answers `OPTIONS` of a known path, which needs no credentials: it tells what the description tells everybody. */
export function options(methodsOf: MethodsOf): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const methods = c.req.method === 'OPTIONS' ? methodsOf(c.req.path) : null
    if (methods === null) return await next()
    return c.body(null, 204, { Allow: methods })
  }
}
