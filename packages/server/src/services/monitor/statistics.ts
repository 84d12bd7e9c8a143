import {
  ALL,
  heaviestTools,
  heaviestUsers,
  type RunSumRow,
  runSumsOf,
  type Share,
} from '../../db/queries/run-sums.ts'
import { type Actor, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ForbiddenError } from '../errors.ts'
import { decide } from '../permission-check.ts'
import { durationOf, HOUR_MS, MINUTE_MS } from './run-sums.ts'

const MINUTES = 60

/** What became of executions, in sum. */
export interface Statistics {
  /** The beginning of an hour. */
  readonly since: Date
  readonly executions: number
  /** How many ended in each of the last sixty minutes, the oldest first; the last one goes on. */
  readonly lastHour: number[]
  /** The most first. */
  readonly outcomes: { status: RunSumRow['status']; executions: number }[]
  /** Of those whose code ran; null where none did. */
  readonly durationMs: { readonly p50: number; readonly p95: number } | null
  readonly cpuMs: number
  readonly denials: number
  /** Who took most CPU time; nobody where only the own ones are counted. */
  readonly users: Share[]
  readonly tools: Share[]
  /** What this service does at the moment; null for who sees only the own ones. */
  readonly pool: Pool | null
}

/** What runs and waits in one service, and its workers. */
export interface Pool {
  readonly running: number
  readonly waiting: number
  readonly workers: { readonly warm: number; readonly leased: number; readonly starting: number }
}

/** What became of the executions of the actor, with `all` of those of everybody, in these hours and the one that goes on. */
export async function statistics(
  context: ServiceContext,
  actor: Actor,
  { all, hours }: { readonly all: boolean; readonly hours: number },
): Promise<Statistics> {
  const decision = decide(actor, 'read', 'execution', 'own')
  if (!decision.allowed) throw new ForbiddenError(`read statistics: ${decision.reason}`)
  if (all && !seesAll(actor, 'execution'))
    throw new ForbiddenError('read statistics of everybody: only an administrator may')
  const { db, runSums } = context
  await runSums.flush()
  const now = Date.now()
  const since = new Date((Math.floor(now / HOUR_MS) - hours) * HOUR_MS)
  const whose = all ? ALL : actor.userId
  const [rows, tools, users] = await Promise.all([
    runSumsOf(db, whose, since),
    heaviestTools(db, whose, since),
    all ? heaviestUsers(db, since) : [],
  ])
  const byStatus = new Map<RunSumRow['status'], number>()
  for (const { status, runs } of rows) byStatus.set(status, (byStatus.get(status) ?? 0) + runs)
  const durations = together(rows.map((row) => row.durations))
  const [p50, p95] = [durationOf(durations, 0.5), durationOf(durations, 0.95)]
  const sumOf = (name: 'runs' | 'cpuMs' | 'denials') => rows.reduce((sum, row) => sum + row[name], 0)
  return {
    ...{ since, users, tools, executions: sumOf('runs'), cpuMs: sumOf('cpuMs'), denials: sumOf('denials') },
    lastHour: lastMinutes(rows, now),
    outcomes: [...byStatus]
      .map(([status, executions]) => ({ status, executions }))
      .sort((one, other) => other.executions - one.executions),
    durationMs: p50 === null || p95 === null ? null : { p50, p95 },
    pool: all ? poolOf(context) : null,
  }
}

function lastMinutes(
  rows: readonly { readonly hour: Date; readonly minutes: readonly number[] }[],
  now: number,
): number[] {
  const first = Math.floor(now / MINUTE_MS) - MINUTES + 1
  const counts = Array.from({ length: MINUTES }, () => 0)
  for (const { hour, minutes } of rows)
    for (const [minute, count] of minutes.entries()) {
      const at = hour.getTime() / MINUTE_MS + minute - first
      if (at >= 0 && at < MINUTES) counts[at] = (counts[at] ?? 0) + count
    }
  return counts
}

function together(all: readonly (readonly number[])[]): number[] {
  const sums: number[] = []
  for (const counts of all) for (const [at, count] of counts.entries()) sums[at] = (sums[at] ?? 0) + count
  return Array.from(sums, (sum) => sum ?? 0)
}

function poolOf({ runs, places, sandboxes }: ServiceContext): Pool {
  const { warm, leased, starting } = sandboxes.workers
  return { running: runs.active, waiting: places.waiting, workers: { warm, leased, starting } }
}
