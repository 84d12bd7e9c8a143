import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** What a holder counts too much, or where it is below 0 too little. */
export interface QuotaDrift {
  readonly holder: string
  readonly running: number
  readonly agentRuns: number
  readonly storedBytes: number
}

/** Any number, as long as it is always the same: the holder of this lock mends what was counted wrongly. */
const RECOUNT_LOCK = 7_317_253_115

/** Everything that counts, by its holders: what is there, not what was counted. */
const COUNTED = sql`
  select user_id, api_key_id, count(*) filter (where finished_at is null) as running, 0 as agent_runs,
    sum(file_bytes + record_bytes) as bytes from executions group by user_id, api_key_id
  union all select user_id, api_key_id, count(*), 0, 0 from quota_places group by user_id, api_key_id
  union all select user_id, api_key_id, coalesce(sum(places) filter (where finished_at is null), 0), 0, sum(record_bytes)
    from batches group by user_id, api_key_id
  union all select user_id, api_key_id, 0, count(*) filter (where finished_at is null), sum(record_bytes)
    from agent_runs group by user_id, api_key_id
  union all select user_id, api_key_id, 0, 0, sum(bytes) from sessions group by user_id, api_key_id
  union all select owner_id, null, 0, 0, sum(tool_versions.record_bytes)
    from tool_versions join tools on tools.id = tool_id group by owner_id`

/**
 * Compares what is counted with what is there: one statement, and so one moment, whatever goes on meanwhile. CPU time is left
 * out: it stays used up also when what has used it is deleted.
 */
export async function quotaDrift(db: Database): Promise<QuotaDrift[]> {
  const answer = await db.execute(sql`
    with counted as (${COUNTED}), there as (
      select holder, sum(running) as running, sum(agent_runs) as agent_runs, sum(bytes) as bytes from (
        select 'user ' || user_id as holder, running, agent_runs, bytes from counted
        union all select q.holder, c.running, c.agent_runs, c.bytes
          from counted c join quota_usage q on q.holder = 'api-key ' || c.api_key_id
      ) as each group by holder
    ), drift as (
      select holder, coalesce(q.running, 0) - coalesce(t.running, 0) as running,
        coalesce(q.agent_runs, 0) - coalesce(t.agent_runs, 0) as agent_runs,
        coalesce(q.stored_bytes, 0) - coalesce(t.bytes, 0) as bytes
      from there t full join quota_usage q using (holder)
    )
    select holder, running::float8, agent_runs::float8 as "agentRuns", bytes::float8 as "storedBytes" from drift
    where running <> 0 or agent_runs <> 0 or bytes <> 0
    order by holder like 'api-key %', holder`)
  return (answer as unknown as { readonly rows: QuotaDrift[] }).rows
}

/** Mends what was counted wrongly, and gives what that was: of two at once the second one finds nothing. */
export async function mendQuotas(db: Database): Promise<QuotaDrift[]> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${RECOUNT_LOCK})`)
    const found = await quotaDrift(tx)
    // By how much it is wrong does not change, whatever goes on meanwhile.
    for (const { holder, running, agentRuns, storedBytes } of found)
      await tx.execute(sql`insert into quota_usage as q (holder, running, agent_runs, stored_bytes)
        values (${holder}, ${-running}, ${-agentRuns}, ${-storedBytes})
        on conflict (holder) do update set running = q.running + excluded.running,
          agent_runs = q.agent_runs + excluded.agent_runs, stored_bytes = q.stored_bytes + excluded.stored_bytes`)
    return found
  })
}

/** Forgets holders that are gone and have used up nothing that is there still. */
export async function forgetHolders(db: Database): Promise<void> {
  await db.execute(sql`
    delete from quota_usage q where running = 0 and agent_runs = 0 and stored_bytes = 0 and case
      when holder like 'api-key %' then not exists (select from api_keys where 'api-key ' || id = q.holder)
      else holder <> 'user ' and not exists (select from users where 'user ' || id = q.holder) end`)
}
