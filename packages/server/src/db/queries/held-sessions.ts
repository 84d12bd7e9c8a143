import { and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { blobs, executions, members, sessions } from '../schema.ts'
import { isAlive, type Lease } from './members.ts'
import type { SessionRow } from './sessions.ts'

// Sessions that machines run. Whose turn it is stands in the row, and nowhere else: who is not the holder changes nothing.

/** One use of a session: an execution, or another one, which has it for a time only. */
export interface SessionUse {
  readonly id: string
  readonly holder: string
}

/** How long a use that is no execution has a session from the last time that it said so. */
export const HOLD_SECONDS = 30

const holdEnd = sql`clock_timestamp() + make_interval(secs => ${HOLD_SECONDS})`

function leaseHolds(machine: SQL | string, epoch: SQL | number): SQL {
  return sql`exists (select 1 from ${members} where ${members.name} = ${machine} and ${members.epoch} = ${epoch}
    and ${isAlive})`
}

const ofUnfinishedExecution = sql`exists (select 1 from ${executions}
  where ${executions.id} = ${sessions.holder} and ${executions.status} in ('queued', 'running'))`

const onLostMachine = sql`${sessions.machine} is not null
  and not ${leaseHolds(sql`${sessions.machine}`, sql`${sessions.epoch}`)}`

/** Nobody has it, or who has it is no more. */
const isFree = or(
  isNull(sessions.holder),
  sql`${sessions.heldUntil} is null and not ${ofUnfinishedExecution}`,
  sql`${sessions.heldUntil} is not null and (${sessions.heldUntil} < clock_timestamp() or ${onLostMachine})`,
)

/** Takes a session, if it is free and no execution was accepted before this one; gives it as it is then, or null. */
export async function holdSession(
  db: Database,
  { id, holder }: SessionUse,
  isExecution: boolean,
): Promise<SessionRow | null> {
  const isFirst = sql`not exists (select 1 from ${executions} where ${executions.sessionId} = ${sessions.id}
    and ${executions.status} in ('queued', 'running') and ${executions.id} < ${holder})`
  const [row] = await db
    .update(sessions)
    .set({ holder, heldUntil: isExecution ? null : holdEnd, machine: null, epoch: null })
    .where(and(eq(sessions.id, id), eq(sessions.state, 'ready'), isFree, ...(isExecution ? [isFirst] : [])))
    .returning()
  return row ?? null
}

/** Holds on to it; false when it is somebody else's, or the machine that was given it is lost. */
export async function extendHold(db: Database, { id, holder }: SessionUse): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ heldUntil: holdEnd })
    .where(
      and(
        ...[eq(sessions.id, id), eq(sessions.holder, holder), isNotNull(sessions.heldUntil)],
        sql`not (${onLostMachine})`,
      ),
    )
    .returning({ id: sessions.id })
  return rows.length > 0
}

/** Lets it go; nothing where it is somebody else's. */
export async function releaseSession(db: Database, { id, holder }: SessionUse): Promise<void> {
  await db
    .update(sessions)
    .set({ holder: null, heldUntil: null, machine: null, epoch: null })
    .where(and(eq(sessions.id, id), eq(sessions.holder, holder)))
}

/** Gives it to a machine, for this use; false when it is not to be had any more. */
export async function giveSession(
  db: Database,
  { id, holder }: SessionUse,
  machine: Lease,
): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ machine: machine.name, epoch: machine.epoch })
    .where(
      and(
        eq(sessions.id, id),
        eq(sessions.holder, holder),
        eq(sessions.state, 'ready'),
        isNull(sessions.machine),
        leaseHolds(machine.name, machine.epoch),
      ),
    )
    .returning({ id: sessions.id })
  return rows.length > 0
}

/** A use of a session by a machine. */
export interface FarUse extends SessionUse {
  readonly machine: Lease
}

/** May this machine, now, read and change what is kept of it? */
function isHeldBy({ id, holder, machine }: FarUse): SQL | undefined {
  return and(
    eq(sessions.id, id),
    eq(sessions.holder, holder),
    eq(sessions.state, 'ready'),
    eq(sessions.machine, machine.name),
    eq(sessions.epoch, machine.epoch),
    leaseHolds(machine.name, machine.epoch),
    or(
      sql`${sessions.heldUntil} >= clock_timestamp()`,
      and(isNull(sessions.heldUntil), ofUnfinishedExecution),
    ),
  )
}

/** The session of a use by a machine; null when it is not, or no longer, its turn. */
export async function findHeldSession(db: Database, use: FarUse): Promise<SessionRow | null> {
  const [row] = await db.select().from(sessions).where(isHeldBy(use))
  return row ?? null
}

/** A piece of what is kept of it; null where there is none, or it is not its turn. */
export async function readHeldPiece(db: Database, use: FarUse, piece: number): Promise<Buffer | null> {
  const [row] = await db
    .select({ bytes: blobs.bytes })
    .from(blobs)
    .innerJoin(sessions, and(eq(blobs.owner, sessions.id), eq(blobs.name, sessions.object)))
    .where(and(isHeldBy(use), eq(blobs.piece, piece)))
  return row?.bytes ?? null
}

/** What is about to be written: under a new name, in so many bytes. */
export interface Draft {
  readonly name: string
  readonly bytes: number
}

/** Begins to write; what was written before and is not kept is gone. False when it is not its turn. */
export async function beginDraft(db: Database, use: FarUse, { name, bytes }: Draft): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .update(sessions)
      .set({ draft: name, draftBytes: bytes })
      .where(isHeldBy(use))
      .returning({ object: sessions.object })
    if (row === undefined) return false
    await deleteOthers(tx, use.id, row.object)
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
    const rows = await tx
      .update(sessions)
      .set({
        ...{ ...facts, object: draft, draft: null, draftBytes: null, unsaved: false, lastUsedAt: new Date() },
        bytes: sql`${sessions.draftBytes}`,
      })
      .where(and(isHeldBy(use), eq(sessions.draft, draft), sql`${written} = ${sessions.draftBytes}`))
      .returning({ id: sessions.id })
    if (rows.length > 0) {
      await deleteOthers(tx, use.id, draft)
      return true
    }
    return (await findHeldSession(tx, use))?.object === draft
  })
}

async function deleteOthers(db: Database, owner: string, object: string | null): Promise<void> {
  await db
    .delete(blobs)
    .where(and(eq(blobs.owner, owner), sql`${blobs.name} is distinct from ${object}::text`))
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
    const { sequence, bytes, metadata } = row
    await tx
      .update(sessions)
      .set({ sequence, bytes, metadata, object: to.object })
      .where(eq(sessions.id, to.id))
    return true
  })
}
