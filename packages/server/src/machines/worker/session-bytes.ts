import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { type SealedSession, SessionRefusedError } from 'agentchat-sandbox'
import { encoded, parsed } from '../messages.ts'
import {
  type GivenSession,
  HELD_PIECE_BYTES,
  metadataSchema,
  type SessionAnswer,
  type SessionAsk,
  sessionAnswerSchema,
  withBytes,
} from '../session-wire.ts'
import { sessionSubject } from '../subjects.ts'

const ANSWER_MS = 5000
/** How long it is tried again while no service answers. */
const PATIENCE_MS = 20_000
const PAUSE_MS = 250
/** Pieces on their way at a time. */
const AT_ONCE = 4
/** The largest session that a machine takes into memory. */
const MAX_BYTES = 2 ** 31
/** What is told of a session beside bytes of one piece: both fit into a message. */
const MAX_LINE_CHARS = 2 ** 17
const AWAY = 'it is not the turn of this machine any more'

/** By which right a machine has a session. */
export interface SessionRight {
  readonly connection: NatsConnection
  readonly machine: string
  /** The execution, or the other use, that it was given for. */
  readonly holder: string
  readonly epoch: number
  /** Is it still so, for all that the machine knows? */
  isHeld(): boolean
}

/**
 * Fetches what is kept of a session that was given to this machine; null for nothing.
 * @throws SessionRefusedError when it is not to be had, or its metadata is none; an error of NATS when nobody answers
 */
export async function fetchSession(right: SessionRight, given: GivenSession): Promise<SealedSession | null> {
  if (given.kept === null) return null
  const { bytes, metadata } = given.kept
  const read = metadataSchema.safeParse(metadata)
  if (!read.success) throw new SessionRefusedError('bad-metadata', 'its metadata is none')
  if (bytes > MAX_BYTES) throw new SessionRefusedError('too-big', `it has ${bytes} bytes`)
  const all = new Uint8Array(bytes)
  await eachPiece(bytes, async (piece, from, to) => {
    const got = await request(right, encoded(askFor(right, given, { op: 'load', piece })))
    if (got.byteLength !== to - from) throw new SessionRefusedError('cut', AWAY)
    all.set(got, from)
  })
  return { sessionBytes: all, sessionMetadata: read.data }
}

/** What became of a save: the name of what is kept, or why it is not, for users to read. */
export type Kept = { readonly object: string } | { readonly reason: string }

/** Has the services keep a session. Never rejects. */
export async function keepSession(
  right: SessionRight,
  given: GivenSession,
  { sessionBytes, sessionMetadata: metadata }: SealedSession,
): Promise<Kept> {
  const ask = async (message: Uint8Array): Promise<SessionAnswer> =>
    parsed(sessionAnswerSchema, await request(right, message)) ?? { done: false }
  try {
    const { length } = sessionBytes
    const line = askFor(right, given, { op: 'save', draft: randomBytes(16).toString('hex'), metadata })
    if (length <= HELD_PIECE_BYTES && JSON.stringify(line).length < MAX_LINE_CHARS) {
      const { done, refused } = await ask(withBytes(line, sessionBytes))
      return done ? { object: line.draft } : { reason: refused ?? notKept(AWAY) }
    }
    const begun = await ask(encoded(askFor(right, given, { op: 'begin', bytes: length })))
    const { draft } = begun
    if (!begun.done || draft === undefined) return { reason: begun.refused ?? notKept(AWAY) }
    await eachPiece(length, async (piece, from, to) => {
      const bytes = sessionBytes.subarray(from, to)
      const { done } = await ask(withBytes(askFor(right, given, { op: 'put', draft, piece }), bytes))
      if (!done) throw new Error(AWAY)
    })
    const { done } = await ask(encoded(askFor(right, given, { op: 'keep', draft, metadata })))
    return done ? { object: draft } : { reason: notKept(AWAY) }
  } catch (error) {
    const isAway = error instanceof Error && error.message === AWAY
    return { reason: notKept(isAway ? AWAY : 'no service answers') }
  }
}

function notKept(why: string): string {
  return `Cannot save the session: ${why}`
}

type Part<Ask> = Ask extends SessionAsk ? Omit<Ask, 'id' | 'holder' | 'epoch'> : never

function askFor<Asked extends Part<SessionAsk>>(
  { holder, epoch }: SessionRight,
  { id }: GivenSession,
  part: Asked,
): Asked & Pick<SessionAsk, 'id' | 'holder' | 'epoch'> {
  return { id, holder, epoch, ...part }
}

async function eachPiece(
  bytes: number,
  work: (piece: number, from: number, to: number) => Promise<void>,
): Promise<void> {
  const count = Math.ceil(bytes / HELD_PIECE_BYTES)
  let next = 0
  const one = async () => {
    while (next < count) {
      const piece = next
      next += 1
      const from = piece * HELD_PIECE_BYTES
      await work(piece, from, Math.min(bytes, from + HELD_PIECE_BYTES))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** What is asked twice does no harm. */
async function request(
  { connection, machine, isHeld }: SessionRight,
  message: Uint8Array,
): Promise<Uint8Array> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    if (!isHeld()) throw new Error(AWAY)
    try {
      return (await connection.request(sessionSubject(machine), message, { timeout: ANSWER_MS })).data
    } catch (error) {
      if (performance.now() > until) throw error
      await sleep(PAUSE_MS)
    }
  }
}
