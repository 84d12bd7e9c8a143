import type { NatsConnection } from '@nats-io/transport-node'
import { claimAnswerSchema, encoded, MAX_MESSAGE_BYTES, parsed } from '../messages.ts'
import { claimSubject, workSubject } from '../subjects.ts'
import { type Work, workSchema } from '../work.ts'

const ANSWER_MS = 3000
/** The largest work: a request, in base64, and what is around it. */
const MAX_WORK_BYTES = 2 ** 30

/** What a machine asks for. */
export interface ClaimAsk {
  readonly id: string
  readonly service: string
  readonly machine: string
  readonly epoch: number
}

/**
 * Asks for the work of a ticket: null when somebody else has it, or nobody is to have it.
 * @throws an error of NATS when nobody answers, TypeError when the answer is none
 */
export async function claimWork(connection: NatsConnection, ask: ClaimAsk): Promise<Work | null> {
  const { id, service, machine, epoch } = ask
  const subject = claimSubject(service, machine)
  const { data } = await connection.request(subject, encoded({ id, epoch }), { timeout: ANSWER_MS })
  const answer = parsed(claimAnswerSchema, data)
  if (answer === null) throw new TypeError('Cannot read the answer to a claim')
  if (!answer.granted) return null
  if ('work' in answer) return workSchema.parse(answer.work)
  const all = await fetchParcel(connection, { ...answer, service, machine })
  return workSchema.parse(JSON.parse(all.toString()))
}

/** Something large that a service has for a machine. */
export interface Parcel {
  readonly service: string
  readonly machine: string
  readonly token: string
  readonly bytes: number
}

/** Fetches it in pieces. @throws an error of NATS when nobody answers, TypeError when it is not all there */
export async function fetchParcel(
  connection: NatsConnection,
  { service, machine, token, bytes }: Parcel,
): Promise<Buffer> {
  if (bytes > MAX_WORK_BYTES) throw new TypeError(`Cannot take the work: ${bytes} bytes`)
  const pieces: Uint8Array[] = []
  for (let offset = 0; offset < bytes; offset += MAX_MESSAGE_BYTES) {
    const message = encoded({ token, offset })
    const piece = await connection.request(workSubject(service, machine), message, { timeout: ANSWER_MS })
    pieces.push(piece.data)
  }
  const all = Buffer.concat(pieces)
  if (all.length !== bytes) throw new TypeError(`Cannot take the work: ${all.length} of ${bytes} bytes came`)
  return all
}
