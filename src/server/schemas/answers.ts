import { problemSchema } from '../problem.ts'

const TEXTS = {
  400: 'The request cannot be read',
  401: 'Nobody is signed in, or the key is not valid',
  403: 'The caller may see it and may not do this',
  404: 'There is no such thing, or the caller may not know of it',
  409: 'The state of the thing does not allow it',
  410: 'It is not kept, or not any more',
  412: 'It was changed meanwhile',
  413: 'The request is too large',
  415: 'The body is no JSON',
  416: 'The range is not one of the file',
  422: 'Something in the request cannot be used; "problems" says what and where',
  428: 'The change needs "If-Match"',
  429: 'A quota is used up; "Retry-After" says when to come back',
  500: 'An error of the service',
  502: 'The service that a tool calls gave no answer',
  503: 'Not now; try again later',
} as const

/** The problems that an operation may answer with, for its description. Those that any may are always there. */
export function problems<Status extends keyof typeof TEXTS = never>(...statuses: Status[]) {
  const content = { 'application/problem+json': { schema: problemSchema } }
  const all = [...new Set<keyof typeof TEXTS>([400, 401, 403, 413, 415, 422, 500, 503, ...statuses])].sort()
  return Object.fromEntries(all.map((status) => [status, { description: TEXTS[status], content }])) as Record<
    never,
    never
  >
}

/** Keys and cookies, for the description of an operation. */
export const secured = [{ apiKey: [] }, { cookie: [] }]
