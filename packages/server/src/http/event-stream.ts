import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { BatchEvent } from '../services/batches/batches.ts'
import { InvalidRequestError } from '../services/errors.ts'
import type { LiveRun, NumberedEvent } from '../services/executions/live-run.ts'
import type { Reading } from '../services/executions/readers.ts'
import { piecesOf, textsOf } from '../services/executions/result-texts.ts'
import type { RunEvent } from '../services/executions/run-events.ts'
import type { AppEnv } from './environment.ts'
import { presentBatch, programJson } from './schemas/batches.ts'

const HEARTBEAT_MS = 15_000
/** How long a reader who lost the connection may take to come back before the run is cancelled. */
const RETURN_MS = 30_000

/** What is to be followed, and the place of who follows it. */
interface Following<Event> {
  readonly events: AsyncGenerator<NumberedEvent<Event>, void, void>
  readonly run: Pick<LiveRun, 'attach'> | null
  readonly reader: Reading
}

type Write<Event> = (stream: SSEStreamingApi, event: NumberedEvent<Event>) => Promise<void>

/** Answers with the events of an execution as they happen (server-sent events); each has its number as `id`. */
export function eventStream(c: Context<AppEnv>, following: Following<RunEvent>): Response {
  return followed(c, following, async (stream, { id, event }) => {
    if (event.type !== 'finished') {
      await stream.writeSSE({ id: String(id), event: event.type, data: JSON.stringify(event) })
      return
    }
    // It may be large: in pieces, so that others get their turn. JSON holds no end of a line.
    await stream.write(`event: ${event.type}\ndata: {"type":"finished","result":`)
    for (const piece of piecesOf(await textsOf(event.result))) await stream.write(piece)
    await stream.write(`}\nid: ${id}\n\n`)
  })
}

/** The same for the results of a batch, which may be large, and are JSON already. */
export function batchEventStream(c: Context<AppEnv>, following: Following<BatchEvent>): Response {
  return followed(c, following, async (stream, { id, event }) => {
    const data =
      event.type === 'program' ? programJson(event.program) : JSON.stringify(presentBatch(event.batch))
    await stream.write(`event: ${event.type}\ndata: ${data}\nid: ${id}\n\n`)
  })
}

/** The same for events of anything else that is followed. */
export function plainEventStream<Event extends { readonly type: string }>(
  c: Context<AppEnv>,
  following: Following<Event>,
): Response {
  return followed(c, following, async (stream, { id, event }) => {
    await stream.writeSSE({ id: String(id), event: event.type, data: JSON.stringify(event) })
  })
}

function followed<Event>(
  c: Context<AppEnv>,
  { events, run, reader }: Following<Event>,
  write: Write<Event>,
): Response {
  c.header('X-Accel-Buffering', 'no')
  // Nobody would read the events of an answer without a body.
  if (c.req.raw.method === 'HEAD') {
    reader[Symbol.dispose]()
    c.header('Content-Type', 'text/event-stream')
    return c.body(null, 200)
  }
  return streamSSE(c, async (stream) => {
    const attached = run?.attach(RETURN_MS)
    const heartbeat = setInterval(() => void stream.write(': \n\n'), HEARTBEAT_MS)
    const leave = () => {
      clearInterval(heartbeat)
      attached?.[Symbol.dispose]()
      reader[Symbol.dispose]()
    }
    stream.onAbort(leave)
    // Who may read no more is not left waiting for the next event.
    const ended = new Promise<'ended'>((resolve) => {
      if (reader.signal.aborted) resolve('ended')
      reader.signal.addEventListener('abort', () => resolve('ended'), { once: true })
    })
    try {
      for (;;) {
        const next = await Promise.race([events.next(), ended])
        if (next === 'ended' || next.done || stream.aborted) return
        await write(stream, next.value)
      }
    } finally {
      leave()
      void events.return()
    }
  })
}

/** After which event a reader wants to go on. @throws InvalidRequestError */
export function lastEventId(c: Context<AppEnv>): number {
  const text = c.req.header('Last-Event-ID') ?? ''
  if (text === '') return 0
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidRequestError([
    { path: 'header.last-event-id', problem: 'must be the "id" of an event, a number in decimal digits' },
  ])
}

/** Waits for the end of a run that was started for this request; who goes away before has it cancelled, and gets null. */
export async function untilEnded<Row>(
  c: Context<AppEnv>,
  run: { attach(graceMs: number): Disposable; readonly ended: Promise<Row> },
): Promise<Row | null> {
  using _reader = run.attach(0)
  const { signal } = c.req.raw
  const gone = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  return await Promise.race([run.ended, gone])
}
