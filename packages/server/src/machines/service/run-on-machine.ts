import type { ExecutionEvent } from 'agentchat-sandbox'
import { z } from 'zod'
import { UnavailableError } from '../../services/errors.ts'
import {
  HandedOverError,
  MachineAnswerError,
  RunInterruptedError,
} from '../../services/executions/machines.ts'
import { parsedEvent } from '../event-wire.ts'
import { errorOf, failedSchema } from '../failure-wire.ts'
import { resultFromLines } from '../result-wire.ts'
import { callEventSchema } from '../tool-wire.ts'
import { type AnsweredCalls, refuseCall } from './answered-calls.ts'
import { FileTime } from './file-time.ts'
import type { MachineLink, WireEvent } from './machine-link.ts'
import { RunClock } from './run-clock.ts'

const finishedSchema = z.union([
  z.strictObject({ type: z.literal('finished'), lines: z.string() }),
  z.strictObject({ type: z.literal('finished'), bytes: z.int().min(1) }),
])

/** When and why somebody stops to read. */
export interface ReadingEnds {
  /** The execution is to end. */
  readonly cancelled: AbortSignal
  /** The service leaves: others go on. */
  readonly leaving: AbortSignal
  /** It has ended otherwise: the machine is lost, or another service has it. */
  readonly lost: AbortSignal
  readonly timeoutSeconds: number
  /** May it wait for lines of input? */
  readonly interactive: boolean
  /** What answers its calls of tools, where some were offered to it. */
  readonly calls?: AnsweredCalls | undefined
}

/**
 * The events of an execution on a machine, to its end. When the reader takes the next one after the end, that is recorded:
 * the machine is told.
 * @throws RunInterruptedError when the machine was lost, or has not ended it in time
 * @throws MachineAnswerError when it tells what no machine of ours tells
 * @throws HandedOverError when the service leaves
 */
export async function* eventsOf(
  link: MachineLink,
  id: string,
  { cancelled, leaving, lost, timeoutSeconds, interactive, calls }: ReadingEnds,
): AsyncGenerator<ExecutionEvent, void, void> {
  const over = new AbortController()
  using clock = new RunClock({ timeoutSeconds, interactive, calls })
  const stop = () => over.abort()
  const cancel = () => {
    clock.cancel()
    void link.ask({ op: 'cancel', id }, AbortSignal.any([over.signal, lost, leaving]))
  }
  const onCancel = () => (leaving.aborted ? stop() : cancel())
  lost.addEventListener('abort', stop, { once: true })
  leaving.addEventListener('abort', stop, { once: true })
  clock.over.addEventListener('abort', stop, { once: true })
  cancelled.addEventListener('abort', onCancel, { once: true })
  if (cancelled.aborted) onCancel()
  if (lost.aborted || leaving.aborted) stop()
  try {
    for await (const each of link.events(0, over.signal)) {
      const told = callEventSchema.safeParse(each[1])
      if (told.success) {
        if (calls === undefined) await refuseCall(told.data, link, over.signal)
        else calls.take(told.data, link)
        continue
      }
      const event = await endOf(link, each, over.signal)
      clock.saw(event.type)
      yield event
      if (event.type !== 'finished') continue
      link.recorded()
      return
    }
  } catch (error) {
    // What it tells is not taken any more: it need not go on.
    void link.ask({ op: 'cancel', id }, AbortSignal.timeout(2000))
    // Broken off in the middle of something large, it has ended for that reason.
    if (!over.signal.aborted) throw error
  } finally {
    stop()
    lost.removeEventListener('abort', stop)
    leaving.removeEventListener('abort', stop)
    cancelled.removeEventListener('abort', onCancel)
  }
  if (clock.over.aborted) {
    void link.ask({ op: 'cancel', id }, AbortSignal.timeout(2000))
    throw new RunInterruptedError('the machine that ran it did not end it in time')
  }
  if (lost.aborted || !leaving.aborted) throw new RunInterruptedError('the machine that ran it was lost')
  throw new HandedOverError()
}

/** An event that a machine told of, parsed; of the end, the whole result. @throws what a failed execution throws */
async function endOf(
  link: MachineLink,
  [number, wire]: WireEvent,
  until: AbortSignal,
): Promise<ExecutionEvent> {
  const finished = finishedSchema.safeParse(wire)
  if (finished.success) {
    const { data } = finished
    const bytes = 'lines' in data ? Buffer.from(data.lines) : await resultBytes(link, data.bytes, until)
    const time = new FileTime()
    const readFile = (file: number, size: number) => link.pieces(`file:${file}`, size, time.forBytes(size))
    return { type: 'finished', result: await resultFromLines(bytes, readFile) }
  }
  const failed = failedSchema.safeParse(wire)
  if (failed.success) {
    link.recorded()
    throw errorOf(failed.data)
  }
  const event = parsedEvent(wire)
  if (event === null) throw new MachineAnswerError(`event ${number} is none`)
  return event
}

/** @throws RunInterruptedError when the machine does not have it any more */
async function resultBytes(link: MachineLink, bytes: number, until: AbortSignal): Promise<Buffer> {
  try {
    return await link.fetched('result', bytes, until)
  } catch (error) {
    if (error instanceof UnavailableError) throw new RunInterruptedError('the machine that ran it was lost')
    throw error
  }
}

/** What ends without an end was cancelled before it began: the library knows what that is like, and starts nothing for it. */
export async function* orCancelled(
  events: AsyncIterable<ExecutionEvent>,
  cancelled: () => AsyncIterable<ExecutionEvent>,
): AsyncGenerator<ExecutionEvent, void, void> {
  let isEnded = false
  for await (const event of events) {
    isEnded ||= event.type === 'finished'
    yield event
  }
  if (!isEnded) yield* cancelled()
}
