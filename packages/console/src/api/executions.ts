import { queryOptions } from '@tanstack/react-query'
import { body, good, service, whenSignedIn } from './client.ts'
import { eventsOf } from './events.ts'
import { problemOf, ServiceProblem } from './problem.ts'

type ExecutionAnswer = Awaited<ReturnType<typeof readExecution>>

/** An execution as the service tells it. */
export type Execution = ExecutionAnswer
export type Result = NonNullable<Execution['result']>
export type Display = Result['displays'][number]
export type ResultFile = Result['files'][number]
export type NewExecution = Parameters<typeof service.executions.$post>[0]['json']
export type ExecutionSummary = Awaited<ReturnType<typeof listExecutions>>['items'][number]

/** What a run has cost so far, or in all; in milliseconds and bytes. */
export interface Usage {
  readonly wallMs: number
  readonly cpuMs: number
  readonly queueMs: number
  readonly startMs: number
  readonly packagesMs: number
  readonly peakMemoryBytes: number
}

/** One permission that was asked for. */
export interface PermissionUse {
  readonly kind: string
  readonly value: string
  readonly count: number
}

/** What a run was granted, used and was refused, and what stood around it. */
export interface Receipt {
  readonly walls: readonly string[]
  readonly granted: Readonly<Record<string, boolean | readonly string[]>>
  readonly used: readonly PermissionUse[]
  readonly denied: readonly PermissionUse[]
}

/** What happens in a run, as the service tells it. */
export type RunEvent =
  | { readonly type: 'started' }
  | { readonly type: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly type: 'display' } & Display)
  | { readonly type: 'file'; readonly path: string; readonly size: number; readonly change: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly arguments: unknown }
  | { readonly type: 'tool-result'; readonly id: string; readonly name: string; readonly ok: boolean }
  | { readonly type: 'input-request'; readonly prompt: string }
  | { readonly type: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  | ({ readonly type: 'usage' } & Usage)
  | { readonly type: 'finished'; readonly result: Result }

/** What the page hears of a run: its events, its id, and how the connection does. */
export type Heard =
  | RunEvent
  | { readonly type: 'accepted'; readonly id: string }
  | { readonly type: 'reconnecting' }
  | { readonly type: 'failed'; readonly failure: string }

export const readExecution = async (id: string) =>
  await body(service.executions[':id'].$get({ param: { id } }))

/** An execution; one that goes on is looked at again. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ['executions', id],
    queryFn: () => readExecution(id),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 2000 : false),
  })

export const listExecutions = async (
  query: Parameters<typeof service.executions.$get>[0] extends { query?: infer Query } | undefined
    ? Query
    : never,
) => await body(service.executions.$get({ query }))

const RECALLED = 30

/** The newest executions of a session, oldest first, and whether there are older ones. */
export const recallQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ['executions', 'recalled', sessionId],
    queryFn: async () => {
      const { items, nextCursor } = await listExecutions({ sessionId, limit: RECALLED })
      const executions = await Promise.all(items.reverse().map(({ id }) => readExecution(id)))
      return { executions, isCut: nextCursor !== null }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

/** Ends a run that goes on; one that is over stays. */
export const cancelExecution = async (id: string) =>
  await body(service.executions[':id'].cancel.$post({ param: { id } }))

export const deleteExecution = async (id: string) =>
  await body(service.executions[':id'].$delete({ param: { id } }))

export const giveInput = async (id: string, line: string | null) =>
  await body(service.executions[':id'].input.$post({ param: { id }, json: { line } }))

const RETRIES = 8
const LAST_EVENT = Number.MAX_SAFE_INTEGER

/** What is to be run, and in which session. */
export interface RunWish {
  readonly json: NewExecution
  readonly sessionId: string | null
}

/**
 * Runs code and tells what happens. A connection that is lost is taken up again where it was.
 * @throws ServiceProblem when it is refused, or the service cannot be reached any more
 */
export async function* run(
  { json, sessionId }: RunWish,
  signal: AbortSignal,
): AsyncGenerator<Heard, void, void> {
  const options = { headers: { accept: 'text/event-stream' }, init: { signal } }
  // A request that was sent twice is one run.
  const header = { 'idempotency-key': crypto.randomUUID() }
  const answer = await good<Response>(
    sessionId === null
      ? service.executions.$post({ json, header }, options)
      : service.sessions[':id'].executions.$post({ param: { id: sessionId }, json, header }, options),
  )
  const id = answer.headers.get('location')?.split('/').at(-1) ?? ''
  yield { type: 'accepted', id }
  yield* followed({ id, signal, first: answer })
}

/** What happens in a run that goes on, from its beginning. */
export async function* follow(id: string, signal: AbortSignal): AsyncGenerator<Heard, void, void> {
  yield { type: 'accepted', id }
  yield* followed({ id, signal, first: null })
}

async function* followed({
  id,
  signal,
  first,
}: {
  readonly id: string
  readonly signal: AbortSignal
  readonly first: Response | null
}): AsyncGenerator<Heard, void, void> {
  let last = 0
  let answer = first
  for (let failures = 0; failures <= RETRIES; failures += 1) {
    try {
      answer ??= await good(
        service.executions[':id'].events.$get(
          { param: { id } },
          { headers: { accept: 'text/event-stream', 'last-event-id': String(last) }, init: { signal } },
        ),
      )
      for await (const { id: number, data } of eventsOf<RunEvent>(answer)) {
        failures = 0
        last = Math.max(last, Math.min(Number(number), LAST_EVENT))
        yield data
        if (data.type === 'finished') return
      }
      const over = await whenOver(id)
      if (over !== null) {
        yield over
        return
      }
    } catch (error) {
      if (signal.aborted) return
      const problem = problemOf(error)
      // Signing out ends the stream, and not what runs.
      if (problem.status === 401) await whenSignedIn(signal)
      else if (problem.status !== 0) throw problem
    }
    answer = null
    yield { type: 'reconnecting' }
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 200 * 2 ** failures)))
    if (signal.aborted) return
  }
  throw new ServiceProblem(0, {})
}

/** The end of a run whose stream ended without it; null while it goes on. */
async function whenOver(id: string): Promise<Heard | null> {
  const { status, result, failure } = await readExecution(id)
  if (result !== null) return { type: 'finished', result }
  return status === 'running' ? null : { type: 'failed', failure: failure ?? status }
}

/** How long each part of a run took, and what it took. */
export function usageOf(result: Result): Usage {
  const number = (name: keyof Usage) => {
    const value: unknown = Reflect.get(result.usage, name)
    return typeof value === 'number' ? value : 0
  }
  return {
    ...{ wallMs: number('wallMs'), cpuMs: number('cpuMs'), queueMs: number('queueMs') },
    ...{ startMs: number('startMs'), packagesMs: number('packagesMs') },
    peakMemoryBytes: number('peakMemoryBytes'),
  }
}

/** The receipt of a run, where its record has one. */
export function receiptOf(result: Result): Receipt | null {
  const receipt: unknown = Reflect.get(result, 'permissions')
  return typeof receipt === 'object' && receipt !== null ? (receipt as Receipt) : null
}
