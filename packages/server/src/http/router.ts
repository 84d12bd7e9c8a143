import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ZodError } from 'zod'
import type { Problem } from '../services/errors.ts'
import type { AppEnv } from './environment.ts'
import { problem } from './problem.ts'

/** A router whose requests are checked by their schemas; what is wrong is told field by field. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined
      const problems = problemsOf(result.target, result.error)
      const detail = `Cannot use the request: ${problems.map(({ path, problem }) => `"${path}": ${problem}`).join('; ')}`
      return problem(c, { status: 422, code: 'invalid-request', detail, problems })
    },
  })
}

const MAX_PROBLEMS = 50
/** Names in both are the sender's, of any number and length. */
const MAX_PROBLEM_CHARS = 500

function problemsOf(target: string, error: ZodError): Problem[] {
  const prefix = target === 'json' ? '' : target
  return error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => {
    const where = shortened(path.map(String).join('.'))
    const whole = prefix === '' ? where : where === '' ? prefix : `${prefix}.${where}`
    return { path: whole, problem: shortened(message) }
  })
}

function shortened(text: string): string {
  return text.length > MAX_PROBLEM_CHARS ? `${text.slice(0, MAX_PROBLEM_CHARS)}...` : text
}

/** The body of a request, for its description: it has to be there, and to be JSON. */
export function jsonBody<Schema>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const
}

/** An answer that is JSON, for the description of an operation. */
export function jsonAnswer<Schema>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } } as const
}

/** Headers of an answer that is the same for everybody, its type among them. */
export type UnchangingHeaders = Readonly<Record<string, string>> & { readonly 'Content-Type': string }

/** An answer that is the same for everybody: written when it is first wanted, and never again. */
export function unchanging(
  headers: UnchangingHeaders,
  write: () => string | Promise<string>,
): (c: Context<AppEnv>) => Promise<Response> {
  let written: Promise<Uint8Array<ArrayBuffer>> | null = null
  return async (c) => {
    written ??= Promise.resolve(write()).then((text) => new TextEncoder().encode(text))
    return c.body(await written, 200, { 'Cache-Control': 'public, max-age=300', ...headers })
  }
}
