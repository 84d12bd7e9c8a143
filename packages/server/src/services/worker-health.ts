import { collect, type PythonRunner, SandboxError } from 'agentchat-sandbox'
import { type Logger, loggable } from '../logger.ts'
import type { Machines } from './executions/machines.ts'

/** Asked again no sooner, so that asking costs nothing: a worker that has run anything is thrown away. */
const GOOD_MS = 60_000
const BAD_MS = 5000
const ATTEMPT_MS = 30_000
/** How long a caller waits for the first answer. */
const PATIENCE_MS = 5000

/** What it works with. `attempt` has a worker do something; rejects when there is none. */
interface WorkerHealthOptions {
  readonly attempt: (signal: AbortSignal) => Promise<void>
  readonly logger: Logger
  readonly now?: () => number
  /** How long a good answer holds, in milliseconds. */
  readonly goodMs?: number
}

/** Knows whether a worker can be had, by trying now and then. */
export class WorkerHealth {
  readonly #options: WorkerHealthOptions
  #last: { readonly good: boolean; readonly at: number } | null = null
  #trying: Promise<boolean> | null = null

  constructor(options: WorkerHealthOptions) {
    this.#options = options
  }

  /** Reports whether code can run. While that is being found out anew, what was known before holds. */
  async check(): Promise<boolean> {
    const { now = Date.now, goodMs = GOOD_MS } = this.#options
    const known = this.#last
    if (known !== null && now() - known.at < (known.good ? goodMs : BAD_MS)) return known.good
    this.#trying ??= this.#try().finally(() => {
      this.#trying = null
    })
    return known?.good === true ? true : await withinPatience(this.#trying)
  }

  async #try(): Promise<boolean> {
    const { attempt, logger, now = Date.now } = this.#options
    const good = await attempt(AbortSignal.timeout(ATTEMPT_MS)).then(
      () => true,
      (error: unknown) => {
        logger.warn({ error: loggable(error) }, 'sandbox.not-ready')
        return false
      },
    )
    this.#last = { good, at: now() }
    return good
  }
}

async function withinPatience(trying: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS)
  })
  return await Promise.race([trying, late]).finally(() => clearTimeout(timer))
}

/** Runs a program that does nothing. Where all workers are at work there is none to try, and nothing wrong. */
export async function attemptRun(
  executor: PythonRunner,
  signal: AbortSignal,
  isBusy: () => boolean,
): Promise<void> {
  try {
    const { error } = await collect(executor.stream('', { signal }))
    if (error !== null && !(error.kind === 'cancelled' && isBusy())) throw new Error(error.message)
  } catch (error) {
    if (!(error instanceof SandboxError && error.code === 'queue-full')) throw error
  }
}

/** The same where machines run code: it can run where one has a lease. */
export function machineHealth(logger: Logger, machines: Machines): WorkerHealth {
  const attempt = async () => {
    if ((await machines.alive()).length === 0) throw new Error('no machine has a lease')
  }
  return new WorkerHealth({ attempt, logger, goodMs: BAD_MS })
}
