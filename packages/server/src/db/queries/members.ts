import {
  and,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lte,
  notInArray,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditOpen, executions, members } from '../schema.ts'
import { type ExecutionRow, UNFINISHED } from './executions.ts'

/** A service or a machine that works with others. */
export type MemberRow = typeof members.$inferSelect
/** Who holds a lease: the same name with another epoch is somebody else. */
export type Lease = Pick<MemberRow, 'name' | 'epoch'>

/** Who was not heard of for so long is lost, by the clock of the database. */
export const LEASE_SECONDS = 9

/** Of a row of `members`: has it its lease? */
export const isAlive = sql`${members.seenAt} > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`

/** Takes somebody in, with a new epoch: the one that had the name before has no lease any more. */
export async function joinMember(
  db: Database,
  { name, role, facts }: Pick<MemberRow, 'name' | 'role' | 'facts'>,
): Promise<Lease> {
  const values = { name, role, facts }
  const again = { role, facts, epoch: sql`nextval('member_epoch')`, seenAt: sql`clock_timestamp()` }
  const [row] = await db
    .insert(members)
    .values(values)
    .onConflictDoUpdate({ target: members.name, set: again })
    .returning({ name: members.name, epoch: members.epoch })
  if (row === undefined) throw new TypeError('Cannot join: no row came back')
  return row
}

/** Renews a lease; false when there is none to renew: it ended, or somebody else has the name. */
export async function renewLease(db: Database, { name, epoch }: Lease, facts?: unknown): Promise<boolean> {
  const rows = await db
    .update(members)
    .set({ seenAt: sql`clock_timestamp()`, ...(facts === undefined ? {} : { facts }) })
    .where(and(eq(members.name, name), eq(members.epoch, epoch), isAlive))
    .returning({ name: members.name })
  return rows.length > 0
}

/** Ends a lease at once. */
export async function endLease(db: Database, { name, epoch }: Lease): Promise<void> {
  await db
    .update(members)
    .set({ seenAt: sql`to_timestamp(0)` })
    .where(and(eq(members.name, name), eq(members.epoch, epoch)))
}

const silentSeconds = sql`extract(epoch from clock_timestamp() - ${members.seenAt})`.mapWith(Number)

/** Machines that have a lease, by their names; each with how long ago it was heard of. */
export async function machinesAlive(
  db: Database,
): Promise<(MemberRow & { readonly silentSeconds: number })[]> {
  return await db
    .select({ ...getTableColumns(members), silentSeconds })
    .from(members)
    .where(and(eq(members.role, 'machine'), isAlive))
    .orderBy(members.name)
}

/** An execution that is to be given to a machine. */
export interface Claim {
  readonly id: string
  /** The service whose it is. */
  readonly instance: string
  readonly machine: Lease
}

/**
 * Gives an execution to a machine: once, and only while the machine has its lease. False when it is not to be had. What is
 * lost of this by a crash of the database is never offered again, so that nobody waits for the disk.
 */
export async function claimExecution(db: Database, { id, instance, machine }: Claim): Promise<boolean> {
  const soon = db.$with('soon').as(
    db
      .select({ set: sql<string>`set_config('synchronous_commit', 'off', true)`.as('set') })
      .from(members)
      .where(and(eq(members.name, machine.name), eq(members.epoch, machine.epoch), isAlive)),
  )
  const rows = await db
    .with(soon)
    .update(executions)
    .set({ status: 'running', machine: machine.name, epoch: machine.epoch })
    .where(
      and(
        eq(executions.id, id),
        eq(executions.status, 'queued'),
        eq(executions.instance, instance),
        sql`exists (select 1 from ${soon} where set = 'off')`,
      ),
    )
    .returning({ id: executions.id })
  return rows.length > 0
}

const onLostMachine = and(
  eq(executions.status, 'running'),
  isNotNull(executions.machine),
  sql`not exists (select 1 from ${members} where ${members.name} = ${executions.machine}
    and ${members.epoch} = ${executions.epoch} and ${isAlive})`,
)

/** Is the service whose it is one that is lost? One that never had a lease is none of ours. */
const ofLostService = sql`exists (select 1 from ${members} where ${members.name} = ${executions.instance}
  and ${members.role} = 'service' and not (${isAlive}))`

/** Executions that nobody will end: their machine is lost, or the service that was to give or run them. */
export async function lostExecutions(db: Database, limit: number): Promise<ExecutionRow[]> {
  const withoutMachine = and(
    inArray(executions.status, [...UNFINISHED]),
    isNull(executions.machine),
    ofLostService,
  )
  return await db.select().from(executions).where(or(onLostMachine, withoutMachine)).limit(limit)
}

/** Makes executions one's own that go on on a machine while the service whose they were is lost; with their open deeds. */
export async function adoptExecutions(
  db: Database,
  instance: string,
): Promise<{ readonly row: ExecutionRow; readonly leaf: Buffer }[]> {
  return await db.transaction(async (tx) => {
    const rows = await tx
      .update(executions)
      .set({ instance })
      .where(and(eq(executions.status, 'running'), isNotNull(executions.machine), ofLostService))
      .returning()
    if (rows.length === 0) return []
    const deeds = await tx
      .update(auditOpen)
      .set({ instance })
      .where(inArray(auditOpen.executionId, ids(rows)))
      .returning({ executionId: auditOpen.executionId, leaf: auditOpen.leaf })
    const leaves = new Map(deeds.map(({ executionId, leaf }) => [executionId, leaf]))
    return rows.flatMap((row) => {
      const leaf = leaves.get(row.id)
      return leaf === undefined ? [] : [{ row, leaf }]
    })
  })
}

/** Those of these executions that have ended, or are another service's now. */
export async function goneExecutions(
  db: Database,
  wanted: readonly string[],
  instance: string,
): Promise<string[]> {
  if (wanted.length === 0) return []
  const { id, status } = executions
  const rows = await db
    .select({ id })
    .from(executions)
    .where(
      and(
        inArray(id, [...wanted]),
        or(notInArray(status, [...UNFINISHED]), sql`${executions.instance} <> ${instance}`),
      ),
    )
  return ids(rows)
}

/** A service that was not heard of for so long does nothing any more; before, it may be slow. */
export const DEAD_SECONDS = 60

/** Services that are lost; `isDead` are those that have left, or were silent for so long that they cannot be merely slow. */
export async function lostServices(
  db: Database,
): Promise<{ readonly name: string; readonly isDead: boolean }[]> {
  const isDead = sql<boolean>`${members.seenAt} < clock_timestamp() - make_interval(secs => ${DEAD_SECONDS})`
  return await db
    .select({ name: members.name, isDead })
    .from(members)
    .where(and(eq(members.role, 'service'), sql`not (${isAlive})`))
}

/** Forgets a service that is lost, once none of its executions is open; and machines that were lost long ago. */
export async function forgetMember(db: Database, name: string): Promise<void> {
  const open: SQL = sql`exists (select 1 from ${executions} where ${executions.instance} = ${members.name}
    and ${executions.status} in ('queued', 'running'))`
  await db.delete(members).where(and(eq(members.name, name), sql`not (${isAlive})`, sql`not (${open})`))
  const longAgo = lte(members.seenAt, sql`clock_timestamp() - interval '1 day'`)
  await db.delete(members).where(and(eq(members.role, 'machine'), longAgo, gt(members.epoch, 0)))
}

/** The open deeds of executions, by their ids. */
export async function openDeedsOfExecutions(
  db: Database,
  wanted: readonly string[],
): Promise<Map<string, Buffer>> {
  if (wanted.length === 0) return new Map()
  const rows = await db
    .select({ id: auditOpen.executionId, leaf: auditOpen.leaf })
    .from(auditOpen)
    .where(inArray(auditOpen.executionId, [...wanted]))
  return new Map(rows.flatMap(({ id, leaf }) => (id === null ? [] : [[id, leaf]])))
}

/** Ends an execution that is lost and of which no deed is open. */
export async function interruptLost(db: Database, id: string, failure: string): Promise<void> {
  await db
    .update(executions)
    .set({ status: 'interrupted', failure, fileBytes: 0, finishedAt: new Date() })
    .where(and(eq(executions.id, id), inArray(executions.status, [...UNFINISHED])))
}

/**
 * The same of those whose deed is over, so that no service may end them: one that was taken for lost has given them to a
 * machine at that moment. Gives their ids.
 */
export async function interruptDeedless(db: Database, failure: string): Promise<string[]> {
  const rows = await db
    .update(executions)
    .set({ status: 'interrupted', failure, fileBytes: 0, finishedAt: new Date() })
    .where(
      and(
        inArray(executions.status, [...UNFINISHED]),
        sql`not exists (select 1 from ${auditOpen} where ${auditOpen.executionId} = ${executions.id})`,
      ),
    )
    .returning({ id: executions.id })
  return ids(rows)
}

function ids(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id)
}
