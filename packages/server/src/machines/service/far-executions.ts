import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Database } from '../../db/index.ts'
import { type ExecutionRow, findExecution, isUnfinished } from '../../db/queries/executions.ts'
import { NotFoundError, UnavailableError } from '../../services/errors.ts'
import type { NumberedEvent } from '../../services/executions/live-run.ts'
import { MachineAnswerError } from '../../services/executions/machines.ts'
import type { RecordedResult } from '../../services/executions/recorded-result.ts'
import type { RunEvent } from '../../services/executions/run-events.ts'
import { type EventBeforeEnd, parsedEvent } from '../event-wire.ts'
import { doneSchema, encoded, parsed } from '../messages.ts'
import { serviceSubject } from '../subjects.ts'
import { MachineLink } from './machine-link.ts'

/** How long who cancels waits for the end. */
const CANCEL_MS = 20_000
const LOOK_MS = 150
/** A machine that told what it must not is not asked again for so long. */
const LIED_MS = 2000

/** What is needed to reach executions of other services. */
export interface FarParts {
  readonly db: Database
  readonly connection: NatsConnection
  /** Aborted when this service leaves. */
  readonly leaving: AbortSignal
}

/** The events after number `after` of an execution of another service, as they come, to its end. */
export async function* followFar(
  parts: FarParts,
  row: ExecutionRow,
  after: number,
): AsyncGenerator<NumberedEvent, void, void> {
  const { db, connection } = parts
  let [now, last]: [ExecutionRow | null, number] = [row, after]
  while (now !== null && isUnfinished(now)) {
    if (now.machine !== null) {
      const isWithService = await answersCalls(parts, now)
      const link = new MachineLink(
        connection,
        isWithService ? { service: now.instance } : now.machine,
        row.id,
      )
      using over = untilOver(parts, row.id)
      try {
        for await (const [number, wire] of link.events(last, over.signal)) {
          const event = isWithService ? toldByService(wire) : parsedEvent(wire)
          // The end is that which is recorded.
          if (event === null) break
          last = number
          yield { id: number, event }
        }
      } catch (error) {
        // The service whose it is hears the same, and ends it.
        if (!(error instanceof MachineAnswerError)) throw error
        await sleep(LIED_MS)
      }
    }
    await sleep(LOOK_MS)
    now = await findExecution(db, row.id)
  }
  if (now === null || now.result === null) return
  yield { id: last + 1, event: { type: 'finished', result: now.result as RecordedResult } }
}

/** Does its service answer its calls of tools? That service tells of them; its machine does not. */
async function answersCalls({ connection }: FarParts, { id, instance }: ExecutionRow): Promise<boolean> {
  const asked = connection.request(serviceSubject(instance), encoded({ op: 'has', id }), { timeout: 1000 })
  const answer = await asked.catch(() => null)
  return answer !== null && parsed(doneSchema, answer.data)?.done === true
}

/** Services are not hostile to each other: it was written by one. */
function toldByService(wire: unknown): EventBeforeEnd | null {
  const event = wire as RunEvent
  return event.type === 'finished' ? null : event
}

/** Aborted when an execution of another service has ended, or this service leaves. */
function untilOver({ db, leaving }: FarParts, id: string): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const timer = setInterval(async () => {
    const row = await findExecution(db, id).catch(() => undefined)
    if (row === null || (row !== undefined && !isUnfinished(row))) controller.abort()
  }, 2000).unref()
  const signal = AbortSignal.any([controller.signal, leaving])
  return { signal, [Symbol.dispose]: () => clearInterval(timer) }
}

/** Has an execution of another service end; resolves with its row when that is recorded. @throws UnavailableError */
export async function cancelFar({ db, connection }: FarParts, row: ExecutionRow): Promise<ExecutionRow> {
  const until = AbortSignal.timeout(CANCEL_MS)
  while (!until.aborted) {
    const now = await findExecution(db, row.id)
    if (now === null) throw new NotFoundError('execution', row.id)
    if (!isUnfinished(now)) return now
    if (now.machine !== null) {
      const link = new MachineLink(connection, now.machine, row.id)
      await link.ask({ op: 'cancel', id: row.id }, AbortSignal.any([until, AbortSignal.timeout(2000)]))
    } else {
      const subject = serviceSubject(now.instance)
      await connection
        .request(subject, encoded({ op: 'cancel', id: row.id }), { timeout: 1000 })
        .catch(() => {})
    }
    await sleep(LOOK_MS)
  }
  throw new UnavailableError('machine')
}

/** Gives an execution on a machine the line that it waits for; false when it waits for none. @throws UnavailableError */
export async function giveInputFar(
  { connection }: FarParts,
  row: ExecutionRow,
  line: string | null,
): Promise<boolean> {
  const link = new MachineLink(connection, row.machine ?? '', row.id)
  const given = await link.ask({ op: 'input', id: row.id, line }, AbortSignal.timeout(3000))
  if (given === null) throw new UnavailableError('machine')
  return given
}
