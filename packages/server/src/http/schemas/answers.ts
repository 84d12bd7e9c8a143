import { problemSchema, titleOf } from '../problem.ts'

const TEXTS = {
  400: 'The request cannot be read',
  401: 'Nobody is signed in, or the key is not valid',
  403: 'The caller may see it and may not do this',
  404: 'There is no such thing, or the caller may not know of it',
  409: 'The state of the thing does not allow it',
  410: 'It is not kept, or not any more',
  412: 'It was changed meanwhile',
  413: 'The request is too large',
  415: 'The body is no JSON in UTF-8, or encoded',
  416: 'The range is not one of the file',
  421: 'The name in "Host" is none of this service, and the request has a cookie or asks for one',
  422: 'Something in the request cannot be used; "problems" says what and where',
  428: 'The change needs "If-Match"',
  429: 'A quota is used up; "Retry-After" says when to come back, where time helps',
  500: 'An error of the service',
  502: 'The service that a tool calls gave no answer',
  503: 'Not now; try again later',
} as const

/** The problems that an operation may answer with, for its description. Those that any may are always there. */
export function problems<Status extends keyof typeof TEXTS = never>(...statuses: Status[]) {
  const all = [
    ...new Set<keyof typeof TEXTS>([400, 401, 403, 413, 415, 421, 422, 429, 500, 503, ...statuses]),
  ].sort()
  return Object.fromEntries(
    all.map((status) => {
      const content = { 'application/problem+json': { schema: problemSchema, example: exampleOf(status) } }
      return [status, { description: TEXTS[status], content }]
    }),
  ) as Record<never, never>
}

/** One of the codes that go with each status. */
const CODES = {
  ...{
    400: 'malformed-request',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not-found',
    409: 'conflict',
  },
  ...{ 410: 'file-not-kept', 412: 'precondition-failed', 413: 'request-too-large' },
  ...{
    415: 'unsupported-media-type',
    416: 'range-not-satisfiable',
    421: 'misdirected-request',
    422: 'invalid-request',
  },
  ...{
    428: 'precondition-required',
    429: 'quota-exceeded',
    500: 'internal',
    502: 'tool-call-failed',
  },
  503: 'unavailable',
} as const satisfies Record<keyof typeof TEXTS, string>

function exampleOf(status: keyof typeof TEXTS) {
  const code = CODES[status]
  return {
    ...{ type: `urn:agentchat:problem:${code}`, title: titleOf(code), status, code, detail: TEXTS[status] },
    requestId: 'b0c5a2be-7c0e-4a35-9f0a-1f2a52f2b9a1',
    ...(status === 422 && { problems: [{ path: 'timeoutSeconds', problem: 'at most 60 here, got 90' }] }),
    ...(status === 429 && { quota: 'executions-per-minute', quotaOf: 'user', retryAfterSeconds: 12 }),
    ...(status === 503 && { retryAfterSeconds: 2 }),
  }
}

/** Keys and cookies, for the description of an operation. */
export const secured = [{ apiKey: [] }, { cookie: [] }]

/** No credentials, for the description of an operation: it is open to all. */
export const open: { readonly [scheme: string]: string[] }[] = []
