import { type JsonBounds, parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { z } from 'zod'
import { copySchema, useId } from './session-wire.ts'
import { MACHINE_NAME } from './subjects.ts'
import { callAnswerSchema, callNumber } from './tool-wire.ts'

// Everything that comes over the wire is parsed, no matter which sender it names: each text has a ceiling.

/** Speakers of another protocol are refused when they join. */
export const PROTOCOL = 3
/** What one message holds at most, in bytes; NATS itself allows a mebibyte by default. */
export const MAX_MESSAGE_BYTES = 512 * 1024

const executionId = z.string().regex(/^exe_[a-z0-9]{1,40}$/)
const epoch = z.int().min(1)
const serviceName = z.string().regex(/^[a-z0-9-]{1,60}$/)

/** What lies in the queue: not the code, only where to ask for it. */
export const ticketSchema = z.strictObject({
  id: useId,
  service: serviceName,
  /** Does it wait for calls of tools while it runs? What these run must find room beside it. */
  calls: z.boolean(),
})

/** Where to ask for what waits. */
export type Ticket = z.infer<typeof ticketSchema>

export const claimSchema = z.strictObject({ id: useId, epoch })

/** The work itself where it is small, else where to fetch it. */
export const claimAnswerSchema = z.union([
  z.strictObject({ granted: z.literal(false) }),
  z.strictObject({ granted: z.literal(true), token: z.string().max(64), bytes: z.int().min(1) }),
  z.strictObject({ granted: z.literal(true), work: z.unknown() }),
])

/** The answer to a claim. */
export type ClaimAnswer =
  | { readonly granted: false }
  | { readonly granted: true; readonly work: unknown }
  | { readonly granted: true; readonly token: string; readonly bytes: number }

export const workPieceSchema = z.strictObject({ token: z.string().max(64), offset: z.int().min(0) })

/** What a machine tells of itself. */
export const factsSchema = z.strictObject({
  version: z.string().max(60),
  slots: z.int().min(1).max(10_000),
  running: z.int().min(0).max(10_000),
})

export const leaseAskSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('join'), protocol: z.int(), facts: factsSchema }),
  z.strictObject({ op: z.literal('renew'), epoch, facts: factsSchema }),
  z.strictObject({ op: z.literal('leave'), epoch }),
])

export const leaseAnswerSchema = z.strictObject({
  /** The lease holds; null where it does not. */
  epoch: epoch.nullable(),
  /** Why somebody was not taken in. */
  refused: z.string().max(500).optional(),
})

/** What services ask of machines. */
export const machineAskSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('read'), id: useId, after: z.int().min(0) }),
  z.strictObject({ op: z.literal('piece'), id: useId, of: z.string().max(40), offset: z.int().min(0) }),
  z.strictObject({ op: z.literal('cancel'), id: useId }),
  z.strictObject({
    op: z.literal('input'),
    id: useId,
    line: z
      .string()
      .max(2 ** 18)
      .nullable(),
  }),
  z.strictObject({ op: z.literal('answer'), id: useId, call: callNumber, answer: callAnswerSchema }),
  z.strictObject({ op: z.literal('recorded'), id: useId }),
  /** Does it have this state of the session still, and room? Then it claims the use as one from the queue. */
  z.strictObject({ op: z.literal('wake'), id: useId, service: serviceName, ...copySchema }),
  z.strictObject({ op: z.literal('forget'), session: copySchema.session }),
])

/** What services ask of machines. */
export type MachineAsk = z.infer<typeof machineAskSchema>

/** The events of an execution after some number; `unknown`: the machine does not have it, and will not. */
export const readAnswerSchema = z.strictObject({
  known: z.boolean(),
  events: z.array(z.tuple([z.int().min(1), z.unknown()])).max(5000),
})

/** An event that is too large for an answer: its JSON is fetched in pieces. */
export const largeEventSchema = z.strictObject({ type: z.literal('large'), bytes: z.int().min(1) })

export const doneSchema = z.strictObject({ done: z.boolean() })

const agentRunId = z.string().regex(/^agt_[a-z0-9]{1,40}$/)
const runId = z.union([executionId, agentRunId])

/** What services ask of each other. */
export const serviceAskSchema = z.discriminatedUnion('op', [
  /** Does it answer calls of tools of this execution? Then it alone has all of its events. */
  z.strictObject({ op: z.literal('has'), id: executionId }),
  z.strictObject({ op: z.literal('read'), id: runId, after: z.int().min(0) }),
  z.strictObject({ op: z.literal('piece'), id: runId, of: z.string().max(40), offset: z.int().min(0) }),
  z.strictObject({ op: z.literal('cancel'), id: runId }),
  z.strictObject({
    ...{ op: z.literal('approve'), id: agentRunId, call: z.string().max(64) },
    ...{ allow: z.boolean(), reason: z.string().max(10_000).optional() },
  }),
])

/** What services ask of each other. */
export type ServiceAsk = z.infer<typeof serviceAskSchema>

/** What became of a decision; null where the service does not have the run. */
export const decidedSchema = z.strictObject({
  outcome: z.enum(['given', 'over', 'unknown', 'ended']).nullable(),
})

export const machineName = z.string().regex(MACHINE_NAME)

/**
 * What one text of JSON on the wire may hold: a little more than what a worker may tell a machine, which wraps it. A machine
 * that somebody has taken over must not overflow a stack of a service, nor hold its event loop for long.
 */
export const WIRE_BOUNDS: JsonBounds = { maxDepth: 250, maxWork: 4_500_000, plainNames: false }

/** Reads JSON of a bounded message by a schema; null for anything else. */
export function parsed<Output>(schema: z.ZodType<Output>, data: Uint8Array): Output | null {
  if (data.byteLength > 2 * MAX_MESSAGE_BYTES) return null
  try {
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()
    const read = schema.safeParse(parseJson(text, WIRE_BOUNDS))
    return read.success ? read.data : null
  } catch {
    return null
  }
}

/** A message as JSON. */
export function encoded(message: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(message))
}
