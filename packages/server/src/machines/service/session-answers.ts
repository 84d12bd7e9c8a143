import { randomBytes } from 'node:crypto'
import { type FarUse, findHeldSession } from '../../db/queries/held-sessions.ts'
import { pastSizes } from '../../db/queries/session-pasts.ts'
import {
  beginDraft,
  keepDraft,
  keptBytesOf,
  putDraftPiece,
  readHeldPiece,
  saveWhole,
} from '../../db/queries/session-states.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { ServiceContext } from '../../services/context.ts'
import type { QuotaExceededError } from '../../services/errors.ts'
import { CHECKPOINTS } from '../../services/sessions/open-in-slot.ts'
import { SessionNotKeptError } from '../../services/sessions/session-errors.ts'
import { holdersOf } from '../../services/sessions/session-lease.ts'
import { encoded, parsed } from '../messages.ts'
import {
  HELD_PIECE_BYTES,
  lineAndBytes,
  metadataSchema,
  type SessionAnswer,
  type SessionAsk,
  sessionAskSchema,
} from '../session-wire.ts'

const NOT_DONE: SessionAnswer = { done: false }
const NOTHING = Buffer.alloc(0)
/** Saves are counted one by one; a use may save more than once. */
const MAX_SAVES = 100

/**
 * The answer to what a machine asks about a session. It gets and changes what is kept of it while it is its turn, by the
 * database: a machine that lost its lease, or whose use is over, gets nothing and changes nothing.
 */
export async function answerAboutSession(
  context: ServiceContext,
  machine: string,
  data: Uint8Array,
): Promise<Uint8Array> {
  const { line, bytes } = lineAndBytes(data)
  const ask = parsed(sessionAskSchema, line)
  if (ask === null) return encoded(NOT_DONE)
  const { id, holder, epoch } = ask
  const use: FarUse = { id, holder, machine: { name: machine, epoch } }
  if (ask.op === 'load') return (await readHeldPiece(context.db, use, ask.piece)) ?? NOTHING
  if (ask.op === 'begin') return encoded(await begin(context, use, ask.bytes))
  if (ask.op === 'save') return encoded(await saveAtOnce(context, use, { ...ask, bytes }))
  if (ask.op === 'put') return encoded({ done: await put(context, use, { ...ask, bytes }) })
  return encoded(await keep(context, use, ask))
}

/** Room is taken before anything is written. */
async function begin(context: ServiceContext, use: FarUse, bytes: number): Promise<SessionAnswer> {
  const row = await findHeldSession(context.db, use)
  if (row === null) return NOT_DONE
  const room = await roomFor(context, row, bytes)
  if ('refused' in room) return { done: false, ...room }
  const draft = { name: randomBytes(16).toString('hex'), bytes, steps: room.steps }
  return (await beginDraft(context.db, use, draft)) ? { done: true, draft: draft.name } : NOT_DONE
}

/** All of it at once, of what is small. Done also when it was done before. */
async function saveAtOnce(
  context: ServiceContext,
  use: FarUse,
  { draft, metadata, bytes }: Extract<SessionAsk, { op: 'save' }> & { readonly bytes: Buffer },
): Promise<SessionAnswer> {
  const read = metadataSchema.safeParse(metadata)
  const row = await findHeldSession(context.db, use)
  const { length } = bytes
  if (!read.success || row === null || length === 0 || length > HELD_PIECE_BYTES) return NOT_DONE
  if (row.object === draft) return { done: true }
  if (!isNext({ ...row, draftBytes: length }, read.data)) return NOT_DONE
  const room = await roomFor(context, row, length)
  if ('refused' in room) return { done: false, ...room }
  const facts = { name: draft, bytes: length, steps: room.steps }
  const save = { ...facts, sequence: read.data.sequence, metadata: read.data, content: bytes }
  return { done: await saveWhole(context.db, use, save) }
}

/** Has room for what a session is to be; how many states before it are kept then, or why there is none. */
async function roomFor(
  context: ServiceContext,
  row: SessionRow,
  bytes: number,
): Promise<{ readonly steps: number } | { readonly refused: string }> {
  const { maxBytes } = context.sessions
  if (bytes > maxBytes)
    return { refused: `Cannot save the session: it has ${bytes} bytes, and may have ${maxBytes}` }
  const past = statesWithin(
    [keptBytesOf(row), ...(await pastSizes(context.db, row.id))].filter((size) => size > 0),
  )
  const whole = await refusalOf(context, row, bytes + past.bytes)
  // Before it does without what it is now, it does without what it was.
  const refusal = whole === null || past.steps === 0 ? whole : await refusalOf(context, row, bytes)
  if (refusal !== null) return { refused: new SessionNotKeptError(refusal).message }
  return { steps: whole === null ? past.steps : 0 }
}

/** Has room for so many bytes of a session in all. Gives the refusal, or null. */
async function refusalOf(
  context: ServiceContext,
  row: SessionRow,
  bytes: number,
): Promise<QuotaExceededError | null> {
  const more = bytes - row.bytes
  if (more <= 0) return null
  const { holders } = await holdersOf(context, row)
  return await context.quotas.reserve(holders, more, { sessionId: row.id, bytes })
}

/** How many states are kept before what a session is now, and how large they are; their sizes, the last one first. */
function statesWithin(sizes: readonly number[]): { readonly steps: number; readonly bytes: number } {
  let [steps, bytes] = [0, 0]
  for (const size of sizes) {
    if (steps === CHECKPOINTS.max || bytes + size > CHECKPOINTS.maxBytes) break
    steps += 1
    bytes += size
  }
  return { steps, bytes }
}

async function put(
  { db }: ServiceContext,
  use: FarUse,
  piece: { readonly draft: string; readonly piece: number; readonly bytes: Buffer },
): Promise<boolean> {
  const { length } = piece.bytes
  return length > 0 && length <= HELD_PIECE_BYTES && (await putDraftPiece(db, use, piece))
}

async function keep(
  { db }: ServiceContext,
  use: FarUse,
  { draft, metadata }: Extract<SessionAsk, { op: 'keep' }>,
): Promise<SessionAnswer> {
  const read = metadataSchema.safeParse(metadata)
  const row = await findHeldSession(db, use)
  if (!read.success || row === null) return NOT_DONE
  const { sequence } = read.data
  if (row.object !== draft && !isNext(row, read.data)) return NOT_DONE
  return { done: await keepDraft(db, use, { draft, sequence, metadata: read.data }) }
}

/** Nothing of it is believed but that it belongs to what was written, and comes after what was kept. */
function isNext(
  { sealedFor, sequence, draftBytes }: SessionRow,
  metadata: {
    readonly owner: string | null
    readonly sequence: number
    readonly sizes: { sessionBytes: number }
  },
): boolean {
  return (
    metadata.owner === sealedFor &&
    metadata.sizes.sessionBytes === draftBytes &&
    metadata.sequence > sequence &&
    metadata.sequence <= sequence + MAX_SAVES
  )
}
