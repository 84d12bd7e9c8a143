import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { loggable, loggableStack } from '../logger.ts'
import type { Actor } from '../services/actor.ts'
import type { Problem, ServiceError, ServiceErrorCode } from '../services/errors.ts'
import { toServiceError } from '../services/to-service-error.ts'
import type { AppEnv } from './environment.ts'
import { placeOf } from './place-of.ts'

/** The status of every error of the services. */
export const STATUS = {
  unauthenticated: 401,
  'invalid-credentials': 401,
  'too-many-attempts': 429,
  'sign-in-refused': 403,
  forbidden: 403,
  'not-found': 404,
  'invalid-request': 422,
  conflict: 409,
  'precondition-required': 428,
  'precondition-failed': 412,
  'idempotency-mismatch': 409,
  'quota-exceeded': 429,
  'file-not-kept': 410,
  'session-in-use': 409,
  'session-unusable': 409,
  'session-not-saved': 409,
  'file-too-large': 413,
  'invalid-tool': 422,
  'tool-disabled': 409,
  'tool-call-failed': 502,
  'no-model': 409,
  overloaded: 503,
  unavailable: 503,
  'shutting-down': 503,
} as const satisfies Record<ServiceErrorCode, number>

/** Codes of problems that are not of the services. */
const HTTP_CODES = {
  400: 'malformed-request',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  416: 'range-not-satisfiable',
  421: 'misdirected-request',
  413: 'request-too-large',
  415: 'unsupported-media-type',
} as const

/** A problem document (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:agentchat:problem:not-found' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().openapi({ description: 'Stable: programs may rely on it', example: 'not-found' }),
    detail: z.string(),
    requestId: z.string(),
    problems: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
    quota: z.string().optional(),
    quotaOf: z.enum(['user', 'api-key', 'service']).optional(),
    retryAfterSeconds: z.number().optional(),
  })
  .openapi('Problem', {
    example: {
      type: 'urn:agentchat:problem:not-found',
      title: 'Not found',
      status: 404,
      code: 'not-found',
      detail: 'Cannot find the tool "tool_0mf3"',
      requestId: 'b0c5a2be-7c0e-4a35-9f0a-1f2a52f2b9a1',
    },
  })

interface Facts {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly detail: string
  readonly problems?: readonly Problem[] | undefined
  readonly quota?: string | undefined
  readonly quotaOf?: 'user' | 'api-key' | 'service' | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** Answers with a problem document. */
export function problem(c: Context<AppEnv>, facts: Facts): Response {
  const { status, code, detail, problems, quota, quotaOf, retryAfterSeconds } = facts
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
  if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="agentchat"')
  const document: z.input<typeof problemSchema> = {
    type: `urn:agentchat:problem:${code}`,
    title: titleOf(code),
    ...{ status, code, detail },
    requestId: c.get('requestId') ?? '',
    ...(problems === undefined ? {} : { problems: [...problems] }),
    ...(quota === undefined ? {} : { quota, quotaOf }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
  return c.body(JSON.stringify(document), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  })
}

/** Answers for whatever was thrown. A defect of ours is logged whole and told to nobody. */
export function problemOf(error: unknown, c: Context<AppEnv>): Response {
  if (error instanceof HTTPException) return problem(c, httpFacts(error))
  const known = toServiceError(error)
  const { logger } = c.get('deps')
  if (known === null) {
    const stack = loggableStack(error)
    logger.error({ requestId: c.get('requestId'), error: stack }, 'request.failed')
    const detail = 'Cannot answer: an error of the service, which is in its log under this request id'
    return problem(c, { status: 500, code: 'internal', detail })
  }
  noteRefusal(c, known)
  if (known.cause !== undefined)
    logger.warn({ requestId: c.get('requestId'), error: loggable(known.cause) }, 'request.unavailable')
  return problem(c, {
    ...{ status: STATUS[known.code], code: known.code, detail: known.message },
    problems: 'problems' in known ? known.problems : undefined,
    ...(known.code === 'quota-exceeded' ? { quota: known.quota, quotaOf: known.of } : {}),
    retryAfterSeconds: 'retryAfterSeconds' in known ? (known.retryAfterSeconds ?? undefined) : undefined,
  })
}

function noteRefusal(c: Context<AppEnv>, error: ServiceError): void {
  // Nobody in particular before the credentials are known.
  const actor: Actor | undefined = c.get('actor')
  const { userId = null, apiKeyId = null } = actor ?? {}
  const who = { userId, apiKeyId, requestId: c.get('requestId'), source: placeOf(c) }
  const request = `${c.req.method} ${routePath(c, -1)}`
  const { refusals, metrics } = c.get('deps').services
  refusals.note(error, { who, request, code: error.code })
  metrics.add('refusals_total', { code: error.code })
}

function httpFacts({ status, message }: HTTPException): Facts {
  const code = HTTP_CODES[status as keyof typeof HTTP_CODES] ?? 'http-error'
  return { status, code, detail: message === '' ? titleOf(code) : message }
}

/** What a code says, in words. */
export function titleOf(code: string): string {
  const words = code.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
