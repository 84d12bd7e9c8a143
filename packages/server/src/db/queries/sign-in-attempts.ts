import { inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { signInAttempts } from '../schema.ts'
import type { OldRows } from './retention.ts'

/** What is counted for a key. */
export interface AttemptCount {
  readonly key: string
  readonly failures: number
  /** How long ago the last one was, in milliseconds, on the clock of the database. */
  readonly agoMs: number
  readonly succeeded: boolean
}

/** How long failures count, and how long it does that a pair has succeeded. */
const WINDOW = sql.raw(`interval '15 minutes'`)
const KNOWN = sql.raw(`interval '90 days'`)

/**
 * Counts an attempt for each of these keys, unless `waitOf` gives a wait for what was counted before: then nothing is, and
 * that is given. Of many at once each sees those before it, in every service of the database.
 */
export async function countAttempt(
  db: Database,
  keys: readonly string[],
  waitOf: (counts: readonly AttemptCount[]) => number,
): Promise<number> {
  const refused = new Map<'wait', number>()
  try {
    await db.transaction(async (tx) => {
      const known = await countsOf(tx, keys)
      const demandNone = (wait: number) => {
        if (wait === 0) return
        refused.set('wait', wait)
        tx.rollback()
      }
      demandNone(waitOf(known))
      const counted = await increment(tx, keys)
      // Nobody could lock a row that was not there: who came meanwhile is found in what it holds now.
      const among = counted
        .filter(({ key, failures }) => failures > 1 && known.every((each) => each.key !== key))
        .map(({ key, failures }) => ({ key, failures: failures - 1, agoMs: 0, succeeded: false }))
      if (among.length > 0) demandNone(waitOf([...known, ...among]))
    })
  } catch (error) {
    const wait = refused.get('wait')
    if (wait === undefined) throw error
    return wait
  }
  return 0
}

async function countsOf(db: Database, keys: readonly string[]): Promise<AttemptCount[]> {
  const { key, failures, succeeded } = signInAttempts
  return await db
    .select({
      ...{ key, succeeded },
      failures: sql<number>`case when last_at < clock_timestamp() - ${WINDOW} then 0 else ${failures} end`,
      agoMs: sql<number>`extract(epoch from clock_timestamp() - last_at)::float8 * 1000`,
    })
    .from(signInAttempts)
    .where(inArray(key, [...keys]))
    .orderBy(key)
    .for('update')
}

async function increment(
  db: Database,
  keys: readonly string[],
): Promise<{ readonly key: string; readonly failures: number }[]> {
  const now = sql`clock_timestamp()`
  const rows = [...keys]
    .sort()
    .map((key) => ({ key, failures: 1, lastAt: now, forgetAt: sql`${now} + ${WINDOW}` }))
  return await db
    .insert(signInAttempts)
    .values(rows)
    .onConflictDoUpdate({
      target: signInAttempts.key,
      set: {
        failures: sql`case when sign_in_attempts.last_at < ${now} - ${WINDOW} then 1 else sign_in_attempts.failures + 1 end`,
        ...{ lastAt: now, forgetAt: sql`greatest(sign_in_attempts.forget_at, excluded.forget_at)` },
      },
    })
    .returning({ key: signInAttempts.key, failures: signInAttempts.failures })
}

/** An attempt has failed now: the next one waits from this moment on. */
export async function noteFailure(db: Database, keys: readonly string[]): Promise<void> {
  await db.execute(
    sql`update sign_in_attempts set last_at = clock_timestamp() from ${locked(keys)} where ${isLocked}`,
  )
}

/** An attempt has succeeded: the failures of its pair are forgotten, and the others count it no more. */
export async function noteSuccess(db: Database, pair: string, others: readonly string[]): Promise<void> {
  const isPair = sql`sign_in_attempts.key = ${pair}`
  await db.execute(sql`update sign_in_attempts set
      failures = case when ${isPair} then 0 else greatest(failures - 1, 0) end,
      succeeded = succeeded or ${isPair},
      forget_at = case when ${isPair} then clock_timestamp() + ${KNOWN} else forget_at end
    from ${locked([pair, ...others])} where ${isLocked}`)
}

/** In the same order as everybody, so that no two wait for each other. */
function locked(keys: readonly string[]) {
  const { key } = signInAttempts
  return sql`(select key from sign_in_attempts where ${inArray(key, [...keys])} order by key for update) as locked`
}
const isLocked = sql`sign_in_attempts.key = locked.key`

/** Deletes what has counted long enough; gives how many. */
export async function deleteAttemptsForgottenBefore(
  db: Database,
  { before, limit }: OldRows,
): Promise<number> {
  const { key, forgetAt } = signInAttempts
  const old = db.select({ key }).from(signInAttempts).where(lt(forgetAt, before)).limit(limit)
  return (await db.delete(signInAttempts).where(inArray(key, old)).returning({ key })).length
}
