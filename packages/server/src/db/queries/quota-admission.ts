import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import type { quotaPlaces } from '../schema.ts'

/** What one holder may use up, by the names of its row; infinite for what is not asked for this time. */
export interface HolderLimits {
  /** `user <id>` or `api-key <id>`. */
  readonly holder: string
  readonly running: number
  readonly agentRuns: number
  /** What may begin at once, and within a minute from then on. */
  readonly perMinute: number
  readonly cpuMs: number
  readonly storedBytes: number
}

/** What an admission takes of every holder. */
export interface QuotaDemand {
  /** Users before their keys. */
  readonly holders: readonly HolderLimits[]
  /** Places of executions. */
  readonly running: number
  readonly agentRuns: 0 | 1
  /** Does it count as one that begins within the minute? */
  readonly begins: boolean
  /** For so many bytes there must be room. */
  readonly room: number
}

/** A holder as the admission found it, locked against every other one. */
export interface HeldRow {
  readonly holder: string
  readonly running: number
  readonly agentRuns: number
  /** How long, in milliseconds, until what began before is accounted for; 0 or less for nothing. */
  readonly paidMs: number
  readonly cpuMs: number
  readonly storedBytes: number
  /** Was there room in the quotas of all? */
  readonly admitted: boolean
}

const MINUTE_MS = 60_000

/** The row of no holder. */
const NOBODY = sql`(null::text, 0::float8, 0::float8, 0::float8, 0::float8, 0::float8)`

/**
 * The part of a statement that asks whether there is room: `ready` has the holders that there are, each locked until the
 * transaction is over. Rates are those of GCRA, on the clock of the database: one moment for each holder says until when all
 * that has begun is paid for.
 */
export function holdersReady({ holders, room, running }: QuotaDemand): SQL {
  const wanted = holders.map(
    (each) => sql`(${each.holder}::text, ${each.running}::float8, ${each.agentRuns}::float8,
      ${MINUTE_MS / each.perMinute}::float8, ${each.cpuMs}::float8, ${each.storedBytes}::float8)`,
  )
  return sql`held as materialized (
      select q.holder, q.running, q.agent_runs, q.stored_bytes, w.every_ms, now.at,
        w.most_running, w.most_agent_runs, w.most_cpu_ms, w.most_bytes,
        extract(epoch from q.paid_until - now.at)::float8 * 1000 as paid_ms,
        case when q.day = (now.at at time zone 'UTC')::date then q.cpu_ms else 0 end as cpu_ms
      from quota_usage q
      join (values ${wanted.length === 0 ? NOBODY : sql.join(wanted, sql`, `)})
        as w(holder, most_running, most_agent_runs, every_ms, most_cpu_ms, most_bytes) on w.holder = q.holder
      cross join (select clock_timestamp() as at) now
      order by q.holder desc for update of q
    ), ready as (
      select held.*, count(*) over () = ${holders.length} and bool_and(
        running + ${Math.max(1, running)} <= most_running and agent_runs < most_agent_runs and paid_ms <= ${MINUTE_MS}::float8 - every_ms
        and cpu_ms < most_cpu_ms and stored_bytes + ${room}::float8 <= most_bytes
      ) over () as ok from held
    )`
}

/**
 * The parts of a statement that admit something: `ready`, and `admitted` with a row for each holder when there was room in the
 * quotas of all of them. Otherwise nothing is counted. Of one holder alone, as most are, `ready` is empty when there was none.
 */
export function admission(demand: QuotaDemand): SQL {
  const { holders, running, agentRuns, begins, room } = demand
  const [first] = holders
  if (first !== undefined && holders.length === 1) return admissionOf(first, demand)
  const until = begins
    ? sql`greatest(q.paid_until, ready.at) + ready.every_ms * interval '1 millisecond'`
    : sql`q.paid_until`
  return sql`${holdersReady(demand)}, admitted as (
      update quota_usage q set running = q.running + ${running}, agent_runs = q.agent_runs + ${agentRuns},
        stored_bytes = q.stored_bytes + ${room}, paid_until = ${until}
      from ready where q.holder = ready.holder and ready.ok returning q.holder
    )`
}

/** The same for one holder: an update with conditions, which takes half the time. */
function admissionOf(holder: HolderLimits, { running, agentRuns, begins, room }: QuotaDemand): SQL {
  const everyMs = MINUTE_MS / holder.perMinute
  const ms = (value: number) => sql`${value}::float8 * interval '1 millisecond'`
  const isToday = sql`day = (clock_timestamp() at time zone 'UTC')::date`
  const conditions = [
    sql`holder = ${holder.holder}`,
    ...atMost(sql`running`, holder.running - Math.max(1, running)),
    ...(Number.isFinite(holder.agentRuns) ? [sql`agent_runs < ${holder.agentRuns}::float8`] : []),
    ...(begins ? [sql`paid_until <= clock_timestamp() + ${ms(MINUTE_MS - everyMs)}`] : []),
    ...(Number.isFinite(holder.cpuMs) ? [sql`(cpu_ms < ${holder.cpuMs}::float8 or not ${isToday})`] : []),
    ...atMost(sql`stored_bytes`, holder.storedBytes - room),
  ]
  const changes = [
    ...(running === 0 ? [] : [sql`running = running + ${running}`]),
    ...(agentRuns === 0 ? [] : [sql`agent_runs = agent_runs + ${agentRuns}`]),
    ...(begins ? [sql`paid_until = greatest(paid_until, clock_timestamp()) + ${ms(everyMs)}`] : []),
    sql`stored_bytes = stored_bytes + ${room}`,
  ]
  return sql`admitted as (
      update quota_usage set ${sql.join(changes, sql`, `)} where ${sql.join(conditions, sql` and `)}
      returning holder, 0 as running, 0 as agent_runs, 0 as paid_ms, 0 as cpu_ms, stored_bytes - ${room} as stored_bytes, true as ok
    ), ready as (select * from admitted)`
}

function atMost(column: SQL, most: number): SQL[] {
  return Number.isFinite(most) ? [sql`${column} <= ${most}::float8`] : []
}

/** What is selected of `ready`, as `heldRows` reads it. */
export const HELD = sql`ready.holder, ready.running, ready.agent_runs as "agentRuns", ready.paid_ms as "paidMs",
  ready.cpu_ms as "cpuMs", ready.stored_bytes::float8 as "storedBytes", ready.ok as admitted`

/** The rows of a statement whose columns are `HELD` and `Extra`. */
export async function heldRows<Extra extends object>(
  db: Database,
  statement: SQL,
): Promise<(HeldRow & Extra)[]> {
  const answer = (await db.execute(statement)) as unknown as { readonly rows: (HeldRow & Extra)[] }
  return answer.rows
}

/** Looks whether there is room, and takes none of it. */
export async function findRoom(db: Database, demand: QuotaDemand): Promise<HeldRow[]> {
  return await heldRows(db, sql`with ${holdersReady(demand)} select ${HELD} from ready`)
}

/** Admits what has no row of its own: something that begins and takes no place. */
export async function admitOnly(db: Database, demand: QuotaDemand): Promise<HeldRow[]> {
  return await heldRows(db, sql`with ${admission(demand)} select ${HELD} from ready`)
}

/** Where something takes the place of an execution, until that is freed. */
export type NewPlace = Omit<typeof quotaPlaces.$inferSelect, 'createdAt'>

/** Admits something that takes the place of an execution, with the row of that place. */
export async function takePlace(db: Database, demand: QuotaDemand, place: NewPlace): Promise<HeldRow[]> {
  const { id, userId, apiKeyId, instance } = place
  return await heldRows(
    db,
    sql`with ${admission(demand)}, placed as (
      insert into quota_places (id, user_id, api_key_id, instance)
      select ${id}, ${userId}, ${apiKeyId}::text, ${instance} where exists (select from admitted)
    ) select ${HELD} from ready`,
  )
}

/** Something whose bytes count as its row says, which a trigger sees to. */
export type Reservation =
  | { readonly executionId: string; readonly moreFileBytes: number }
  | { readonly sessionId: string; readonly bytes: number }

/** Has room for files of an execution that runs, or for what is about to be saved of a session. */
export async function reserve(db: Database, demand: QuotaDemand, what: Reservation): Promise<HeldRow[]> {
  // Where nobody is held to a quota there is room.
  const isReady = demand.holders.length === 0 ? sql`true` : sql`(select bool_and(ok) from ready)`
  const change =
    'executionId' in what
      ? sql`update executions set file_bytes = file_bytes + ${what.moreFileBytes}::bigint
          where id = ${what.executionId} and finished_at is null and ${isReady}`
      : sql`update sessions set bytes = ${what.bytes}::bigint where id = ${what.sessionId} and ${isReady}`
  return await heldRows(
    db,
    sql`with ${holdersReady(demand)}, reserved as (${change}) select ${HELD} from ready`,
  )
}
