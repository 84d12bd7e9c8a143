import { and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, members, sessions } from '../schema.ts'
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
export function isHeldBy({ id, holder, machine }: FarUse): SQL | undefined {
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
