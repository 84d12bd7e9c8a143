import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceContext } from '../../services/context.ts'
import type { NumberedEvent } from '../../services/executions/live-run.ts'
import { encoded, MAX_MESSAGE_BYTES, parsed, type ServiceAsk, serviceAskSchema } from '../messages.ts'

/** Who reads events is answered at the latest then. */
const READ_WAIT_MS = 2000
/** A larger event is fetched in pieces. */
const MAX_INLINE_BYTES = 128 * 1024

/** What a service answers other services from. */
interface ServiceAnswerParts {
  readonly context: Pick<ServiceContext, 'runs' | 'agentRuns'>
  /** Are calls of tools of this execution answered here? */
  answersCalls(id: string): boolean
}

/** What is needed of a run to tell another service of it. */
interface AnyRun {
  readonly done: boolean
  follow(after: number): AsyncGenerator<NumberedEvent<unknown>, void, void>
}

/** Answers what another service asks of what this one runs. */
export async function answerToService(
  { context: { runs, agentRuns }, answersCalls }: ServiceAnswerParts,
  data: Uint8Array,
): Promise<Uint8Array> {
  const ask = parsed(serviceAskSchema, data)
  if (ask === null) return encoded({ done: false })
  if (ask.op === 'has') return encoded({ done: answersCalls(ask.id) })
  if (ask.op === 'approve') {
    const run = agentRuns.find(ask.id)
    const { call, allow, reason } = ask
    if (run === null) return encoded({ outcome: null })
    const isOver = run.stopped !== null || run.done
    return encoded({ outcome: isOver ? 'ended' : run.approvals.decide(call, { allow, reason }) })
  }
  const run = ask.id.startsWith('agt_') ? agentRuns.find(ask.id) : runs.find(ask.id)
  if (ask.op === 'cancel') {
    run?.stop('cancelled')
    return encoded({ done: run !== null })
  }
  return await told(run, ask)
}

async function told(
  run: AnyRun | null,
  ask: Extract<ServiceAsk, { readonly op: 'read' | 'piece' }>,
): Promise<Uint8Array> {
  if (ask.op === 'piece') {
    const number = Number(ask.of.replace('event:', ''))
    const [event] = run === null ? [] : await eventsOf(run, number - 1, 1)
    return event === undefined
      ? Buffer.alloc(0)
      : jsonOf(event).subarray(ask.offset, ask.offset + MAX_MESSAGE_BYTES)
  }
  const events = run === null ? [] : await eventsOf(run, ask.after, 1000)
  const texts: string[] = []
  let bytes = 0
  for (const each of events) {
    const json = jsonOf(each)
    const isLarge = json.length > MAX_INLINE_BYTES
    bytes += isLarge ? 64 : json.length
    if (texts.length > 0 && bytes > MAX_MESSAGE_BYTES / 2) break
    texts.push(`[${each.id},${isLarge ? JSON.stringify({ type: 'large', bytes: json.length }) : json}]`)
  }
  // Of one that is over, nothing comes any more.
  const known = run !== null && (texts.length > 0 || !run.done)
  return Buffer.from(`{"known":${known},"events":[${texts.join(',')}]}`)
}

/** Those after a number that are there; where there is none, the next one, if it comes soon. */
async function eventsOf(run: AnyRun, after: number, most: number): Promise<NumberedEvent<unknown>[]> {
  const source = run.follow(after)
  const timer = new AbortController()
  const late = sleep(READ_WAIT_MS, null, timer).catch(() => null)
  const events: NumberedEvent<unknown>[] = []
  try {
    let next = await Promise.race([source.next(), late])
    while (next !== null && next.done !== true && events.length < most) {
      events.push(next.value)
      // What is there comes at once.
      next = await Promise.race([source.next(), new Promise<null>((resolve) => setImmediate(resolve, null))])
    }
    return events
  } finally {
    timer.abort()
  }
}

function jsonOf({ event }: NumberedEvent<unknown>): Buffer {
  return Buffer.from(JSON.stringify(event))
}
