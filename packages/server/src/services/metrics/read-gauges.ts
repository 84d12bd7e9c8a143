import { sql } from 'drizzle-orm'
import { auditLag } from '../../db/queries/audit-log.ts'
import type { ServiceContext } from '../context.ts'
import type { MachineFacts, Machines } from '../executions/machines.ts'
import type { Metrics } from './metrics.ts'

/** After so long a database that does not answer is away, in milliseconds. */
const PATIENCE_MS = 2000
/** Metrics that each machine has. */
type EachMachine = 'machine_slots' | 'machine_running' | 'machine_epoch' | 'machine_silent_seconds'

/** Sets the metrics that say what is so now. Never rejects: what is not known is not told. */
export async function readGauges(context: ServiceContext): Promise<void> {
  const { metrics, runs, places, sandboxes, sessions, disk, connections } = context
  metrics.set('executions_running', {}, runs.active)
  metrics.set('queue_places', { state: 'taken' }, places.taken)
  metrics.set('queue_places', { state: 'waiting' }, places.waiting)
  const workers = sandboxes.workers
  for (const state of ['warm', 'leased', 'starting'] as const)
    metrics.set('pool_workers', { state }, workers[state])
  metrics.set('sessions_live', {}, sessions.open.size)
  metrics.set('disk_free_bytes', {}, disk.freeBytes())
  const { total, idle, waiting } = connections()
  metrics.set('database_connections', { state: 'used' }, total - idle)
  metrics.set('database_connections', { state: 'idle' }, idle)
  metrics.set('database_connections', { state: 'waiting' }, waiting)
  await readDatabase(context)
}

async function readDatabase({ db, metrics }: ServiceContext): Promise<void> {
  const asked = performance.now()
  const answer = await inTime(async () => {
    await db.execute(sql`select 1`)
    const seconds = (performance.now() - asked) / 1000
    return { seconds, ...(await auditLag(db)) }
  })
  metrics.set('database_up', {}, answer === null ? 0 : 1)
  metrics.set('database_answer_seconds', {}, answer?.seconds ?? null)
  metrics.set('audit_waiting', {}, answer?.waiting ?? null)
  const lag = answer && (answer.since === null ? 0 : (Date.now() - answer.since.getTime()) / 1000)
  metrics.set('audit_lag_seconds', {}, lag && Math.max(0, lag))
}

/** Sets the metrics of the machines that are alive. Never rejects, as above. */
export async function readMachines(metrics: Metrics, machines: Pick<Machines, 'alive'>): Promise<void> {
  const alive = await inTime(async () => await machines.alive())
  metrics.set('machines_alive', {}, alive?.length ?? null)
  const set = (name: EachMachine, factOf: (machine: MachineFacts) => number) =>
    metrics.setEach(
      name,
      (alive ?? []).map((each) => [{ machine: each.name }, factOf(each)]),
    )
  set('machine_slots', ({ slots }) => slots)
  set('machine_running', ({ running }) => running)
  set('machine_epoch', ({ epoch }) => epoch)
  set('machine_silent_seconds', ({ silentSeconds }) => Math.max(0, silentSeconds))
}

/** What is answered in time; null for anything else. */
async function inTime<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null).unref()
  })
  try {
    return await Promise.race([ask(), late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
