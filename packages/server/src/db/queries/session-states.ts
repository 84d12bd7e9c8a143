import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { blobs, sessionPasts, sessions } from '../schema.ts'
import { type FarUse, findHeldSession, isHeldBy, type SessionUse } from './held-sessions.ts'
import { copyAt, NO_COPY } from './live-copies.ts'
import { keepPast } from './session-pasts.ts'
import type { SessionRow } from './sessions.ts'

// What is kept of sessions that machines run: what each is now, and what it was before. Bytes are written under a new name,
// and never changed.

/** A piece of what is kept of it; null where there is none, or it is not its turn. */
export async function readHeldPiece(db: Database, use: FarUse, piece: number): Promise<Buffer | null> {
  const [row] = await db
    .select({ bytes: blobs.bytes })
    .from(blobs)
    .innerJoin(sessions, and(eq(blobs.owner, sessions.id), eq(blobs.name, sessions.object)))
    .where(and(isHeldBy(use), eq(blobs.piece, piece)))
  return row?.bytes ?? null
}

/** What is about to be written: under a new name, in so many bytes; and how many states before it are kept then. */
export interface Draft {
  readonly name: string
  readonly bytes: number
  readonly steps: number
}

/** Begins to write; what was written before and is not kept is gone. False when it is not its turn. */
export async function beginDraft(db: Database, use: FarUse, { name, bytes, steps }: Draft): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const rows = await tx
      .update(sessions)
      .set({ draft: name, draftBytes: bytes, draftSteps: steps })
      .where(isHeldBy(use))
      .returning({ id: sessions.id })
    if (rows.length === 0) return false
    await deleteOthers(tx, use.id)
    return true
  })
}

/** Writes a piece of the draft; false when it is not its turn, or the draft has no such piece. */
export async function putDraftPiece(
  db: Database,
  use: FarUse,
  { draft, piece, bytes }: { readonly draft: string; readonly piece: number; readonly bytes: Buffer },
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    // Who removes or takes the session waits for this, and finds all that was written.
    const [row] = await tx
      .select({ draftBytes: sessions.draftBytes })
      .from(sessions)
      .where(and(isHeldBy(use), eq(sessions.draft, draft)))
      .for('share')
    if (row === undefined || piece * HELD_PIECE_BYTES + bytes.length > (row.draftBytes ?? 0)) return false
    await tx.insert(blobs).values({ owner: use.id, name: draft, piece, bytes }).onConflictDoNothing()
    return true
  })
}

/** All pieces of a session but the last one are of so many bytes: one fits into a message. */
export const HELD_PIECE_BYTES = 2 ** 19

/** Has the draft be what is kept: only when it is whole, and its turn still. True also when it was done before. */
export async function keepDraft(
  db: Database,
  use: FarUse,
  { draft, ...facts }: Pick<SessionRow, 'sequence' | 'metadata'> & { readonly draft: string },
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const written = sql`(select coalesce(sum(octet_length(${blobs.bytes})), 0) from ${blobs}
      where ${blobs.owner} = ${sessions.id} and ${blobs.name} = ${draft})`
    const [row] = await tx
      .select()
      .from(sessions)
      .where(and(isHeldBy(use), eq(sessions.draft, draft), sql`${written} = ${sessions.draftBytes}`))
      .for('update')
    if (row === undefined) return (await findHeldSession(tx, use))?.object === draft
    await become(tx, use, {
      row,
      ...facts,
      object: draft,
      bytes: row.draftBytes ?? 0,
      steps: row.draftSteps ?? 0,
    })
    return true
  })
}

/** What is written at once: what a session is from now on, in one piece. */
export interface WholeSave extends Draft, Pick<SessionRow, 'sequence' | 'metadata'> {
  readonly content: Buffer
}

/** Writes what is small and has it be what is kept, at once; false when it is not its turn, or the name is taken. */
export async function saveWhole(db: Database, use: FarUse, save: WholeSave): Promise<boolean> {
  const { name, content, bytes, steps, sequence, metadata } = save
  return await db.transaction(async (tx) => {
    const [row] = await tx.select().from(sessions).where(isHeldBy(use)).for('update')
    if (row === undefined) return false
    const written = await tx
      .insert(blobs)
      .values({ owner: use.id, name, piece: 0, bytes: content })
      .onConflictDoNothing()
      .returning({ piece: blobs.piece })
    if (written.length === 0) return false
    await become(tx, use, { row, sequence, metadata, object: name, bytes, steps })
    return true
  })
}

/** What was kept becomes the last state before, and what was written is kept. */
async function become(
  db: Database,
  use: FarUse,
  {
    row,
    steps,
    ...now
  }: Pick<SessionRow, 'sequence' | 'metadata' | 'bytes'> & {
    readonly row: SessionRow
    readonly object: string
    readonly steps: number
  },
): Promise<void> {
  const { object, sequence, metadata } = row
  if (object !== null) {
    const bytes = keptBytesOf(row)
    await db.insert(sessionPasts).values({ sessionId: use.id, object, sequence, bytes, metadata })
  }
  const past = await keepPast(db, use.id, steps)
  await db
    .update(sessions)
    .set({
      ...{ ...now, draft: null, draftBytes: null, draftSteps: null, unsaved: false },
      ...{ bytes: now.bytes + past.bytes, stepsBack: past.steps, lastUsedAt: new Date() },
      ...copyAt(use.machine.name),
    })
    .where(eq(sessions.id, use.id))
  await deleteOthers(db, use.id)
}

/** How many bytes what it is now has. Its metadata was parsed before it was stored. */
export function keptBytesOf({ object, metadata }: Pick<SessionRow, 'object' | 'metadata'>): number {
  const { sizes } = (metadata ?? {}) as { readonly sizes?: { readonly sessionBytes?: number } }
  return object === null ? 0 : (sizes?.sessionBytes ?? 0)
}

/** Deletes what belongs to no state of a session, and to no draft. */
async function deleteOthers(db: Database, id: string): Promise<void> {
  const named = sql`select ${sessionPasts.object} from ${sessionPasts} where ${sessionPasts.sessionId} = ${id}
    union all select unnest(array[${sessions.object}, ${sessions.draft}]) from ${sessions} where ${sessions.id} = ${id}`
  await db
    .delete(blobs)
    .where(
      and(
        eq(blobs.owner, id),
        sql`not exists (select 1 from (${named}) as kept (name) where kept.name = ${blobs.name})`,
      ),
    )
}

/** Has a session that is held be what it was so many steps ago. Gives how many there are where that is less. */
export async function rewindHeldSession(
  db: Database,
  use: SessionUse,
  steps: number,
): Promise<number | null> {
  return await db.transaction(async (tx) => {
    const isMine = and(eq(sessions.id, use.id), eq(sessions.holder, use.holder), eq(sessions.state, 'ready'))
    const [row] = await tx.select({ id: sessions.id }).from(sessions).where(isMine).for('update')
    const isOf = eq(sessionPasts.sessionId, use.id)
    const { object: name, sequence: order } = sessionPasts
    const pasts = await tx.select().from(sessionPasts).where(isOf).orderBy(desc(order)).limit(steps)
    const state = pasts[steps - 1]
    if (row === undefined || state === undefined) return row === undefined ? 0 : pasts.length
    const { object, sequence, bytes, metadata } = state
    const gone = pasts.map((past) => past.object)
    await tx.delete(sessionPasts).where(and(isOf, inArray(name, gone)))
    const left = await keepPast(tx, use.id, MOST)
    await tx
      .update(sessions)
      .set({
        ...{ object, sequence, metadata, bytes: bytes + left.bytes, stepsBack: left.steps },
        ...{ unsaved: false, lastUsedAt: new Date(), ...NO_COPY },
      })
      .where(eq(sessions.id, use.id))
    await deleteOthers(tx, use.id)
    return null
  })
}

/** More than are kept of any. */
const MOST = 1000

/** Deletes all that is kept of a session. */
export async function deleteKept(db: Database, id: string): Promise<void> {
  await db.delete(sessionPasts).where(eq(sessionPasts.sessionId, id))
  await db.delete(blobs).where(eq(blobs.owner, id))
}

/** Has a session that is being made hold what another one does, while that is held. False when it no longer is. */
export async function copyHeldSession(
  db: Database,
  use: SessionUse,
  to: { readonly id: string; readonly object: string },
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(sessions)
      .where(and(eq(sessions.id, use.id), eq(sessions.holder, use.holder), eq(sessions.state, 'ready')))
      .for('share')
    if (row === undefined) return false
    if (row.object === null) return true
    await tx.execute(sql`insert into ${blobs} (owner, name, piece, bytes)
      select ${to.id}, ${to.object}, piece, bytes from ${blobs}
      where owner = ${use.id} and name = ${row.object}`)
    const { sequence, metadata } = row
    const bytes = keptBytesOf(row)
    await tx
      .update(sessions)
      .set({ sequence, bytes, metadata, object: to.object })
      .where(eq(sessions.id, to.id))
    return true
  })
}
