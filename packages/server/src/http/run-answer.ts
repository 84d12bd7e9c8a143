import { z } from '@hono/zod-openapi'
import { inexactMember } from 'agentchat-sandbox-base/gate/exact-json'
import type { Context } from 'hono'
import { InvalidRequestError, type Problem } from '../services/errors.ts'
import { executionEvents } from '../services/executions/executions.ts'
import { inspectCode } from '../services/executions/inspect-code.ts'
import { reading } from '../services/executions/readers.ts'
import type { RunRequest } from '../services/executions/run-request.ts'
import { startExecution } from '../services/executions/start-execution.ts'
import { netGrantProblems } from '../services/net-grants.ts'
import { prefersEvents } from './accept.ts'
import type { AppEnv } from './environment.ts'
import { eventStream, lastEventId, untilEnded } from './event-stream.ts'
import { executionAnswer } from './json-stream.ts'
import { jsonAnswer } from './router.ts'
import { problems } from './schemas/answers.ts'
import { codeNeedsSchema } from './schemas/code-needs.ts'
import { executionSchema, filesOf, type NewExecution, presentExecution } from './schemas/executions.ts'

/** What an answer holds that is events, for the description of an operation. */
export const eventContent = {
  'text/event-stream': { schema: z.string().openapi({ description: 'Events, the last is "finished"' }) },
}

/** What an answer holds that says what code needs: a kind of its own, for nothing was run. */
const NEEDS_TYPE = 'application/vnd.agentchat.code-needs+json'
export const needsContent = { [NEEDS_TYPE]: { schema: codeNeedsSchema } }

/** Headers of a request that runs code. */
export const runHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional(),
  prefer: z.string().optional(),
})

const whenOver = 'The run is over'
const execution = { 'application/json': { schema: executionSchema } }

/** The answers to a request that runs code. */
export const runAnswers = {
  200: { description: whenOver, content: { ...execution, ...eventContent } },
  202: jsonAnswer('The run goes on; read it at "Location"', executionSchema),
  ...problems(404, 409, 429),
}

/** What such a request asks for. */
export interface RunWish {
  readonly body: NewExecution
  readonly headers: z.output<typeof runHeaders>
  readonly session?: RunRequest['session']
}

/** Runs code, and answers as it is asked to: when the run is over, with events, or at once. */
export async function runAnswer(c: Context<AppEnv>, { body, headers, session }: RunWish) {
  const { services } = c.get('deps')
  const { code, files, webhook, permissions, interactive, secrets, redaction, ...parsed } = body
  const globals = parsed.globals === undefined ? null : await inexactMember(await c.req.text(), 'globals')
  const options = globals === null ? parsed : { ...parsed, globals }
  const { 'idempotency-key': idempotencyKey, prefer = '' } = headers
  const inBackground = prefersAsync(prefer)
  if (webhook !== undefined && !inBackground)
    throw new InvalidRequestError([{ path: 'webhook', problem: 'needs "Prefer: respond-async"' }])
  const refused =
    session === undefined ? netGrantProblems(services, permissions ?? NOTHING) : ofSession(permissions)
  if (refused.length > 0) throw new InvalidRequestError(refused)
  const events = inBackground ? null : eventsAfter(c)
  const granted = { permissions, interactive, session, redaction, secrets }
  const wanted = { code, options, files: filesOf(files), webhook, idempotencyKey, ...granted }
  const { row, run } = await startExecution(services, c.get('actor'), wanted)
  c.header('Location', `/api/v1/executions/${row.id}`)
  if (inBackground) {
    run?.detach()
    c.header('Preference-Applied', 'respond-async')
    return c.json(presentExecution(row), 202)
  }
  if (events !== null) {
    const reader = await reading(services, c.get('actor'))
    return eventStream(c, { events: executionEvents(services, row, events), run, reader }) as never
  }
  const ended = run === null ? row : await untilEnded(c, run)
  return executionAnswer(c, ended ?? row) as never
}

/** Says what code seems to need, without running it. */
export async function dryRunAnswer(c: Context<AppEnv>, { code, permissions = NOTHING }: NewExecution) {
  const { services } = c.get('deps')
  const refused = netGrantProblems(services, permissions)
  if (refused.length > 0) throw new InvalidRequestError(refused)
  const wanted = { code, permissions, signal: c.req.raw.signal }
  const needs = await inspectCode(services, c.get('actor'), wanted)
  return c.body(JSON.stringify(needs), 200, { 'Content-Type': NEEDS_TYPE }) as never
}

const NOTHING = { allowNet: [] }

/** What code in a session may do was said when the session was made. */
function ofSession(permissions: NewExecution['permissions']): Problem[] {
  return permissions === undefined ? [] : [{ path: 'permissions', problem: 'those of the session hold' }]
}

/** After which event the events begin that are wanted; null where one answer is. */
export function eventsAfter(c: Context<AppEnv>): number | null {
  return prefersEvents(c.req.header('Accept')) ? lastEventId(c) : null
}

/** Is `respond-async` among the preferences (RFC 7240)? */
export function prefersAsync(prefer: string): boolean {
  return prefer.split(',').some((each) => each.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
}
