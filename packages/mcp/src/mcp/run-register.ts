import { randomBytes } from 'node:crypto'
import type { CodeExecutionResult } from 'agentchat-sandbox'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import type { PythonHost, RunRequest } from './python-host.ts'
import { PythonHostError } from './python-host.ts'
import { Tail } from './tail.ts'

/** Ended runs that are kept for `get_run` and for links, and for how long. */
const MAX_KEPT = 20
const KEEP_MS = 15 * 60_000
/** Runs of one caller at a time. */
const MAX_RUNNING = 32

/** How a run stands. */
export type RunState =
  | { readonly phase: 'running' }
  | { readonly phase: 'finished'; readonly result: CodeExecutionResult }
  | { readonly phase: 'failed'; readonly error: unknown }

/** One run, which may outlive the call that began it. */
export class Run {
  readonly handle = `run-${randomBytes(9).toString('hex')}`
  readonly startedAt = performance.now()
  readonly output = new Tail()
  readonly session: string | null
  readonly #abort = new AbortController()
  readonly ended: Promise<void>
  state: RunState = { phase: 'running' }

  /** Begins at once. */
  constructor(host: PythonHost, request: Omit<RunRequest, 'signal'>) {
    this.session = request.session
    this.ended = this.#follow(host, { ...request, signal: this.#abort.signal })
  }

  /** Ends the run; it is then `finished` with the status that says so. */
  cancel(): void {
    this.#abort.abort()
  }

  /** Resolves when the run has ended, after `ms` milliseconds, or when `signal` is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.state.phase !== 'running') return
    let stop = () => {}
    const stopped = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => resolve(), { once: true })
      stop = () => clearTimeout(timer)
    })
    await Promise.race([this.ended, stopped]).finally(stop)
  }

  async #follow(host: PythonHost, request: RunRequest): Promise<void> {
    try {
      for await (const event of host.stream(request)) {
        if (event.type === 'stdout' || event.type === 'stderr') this.output.add(event.text)
        if (event.type === 'finished') this.state = { phase: 'finished', result: event.result }
      }
      if (this.state.phase === 'running') throw new TypeError('the stream ended without its last event')
    } catch (error) {
      this.state = { phase: 'failed', error }
    }
  }
}

/** The runs of one caller, by their handles. */
export class RunRegister {
  readonly #runs = new Map<string, Run>()

  /** @throws PythonHostError where too many are running */
  begin(host: PythonHost, request: Omit<RunRequest, 'signal'>): Run {
    const running = [...this.#runs.values()].filter(({ state }) => state.phase === 'running').length
    if (running >= MAX_RUNNING)
      throw new PythonHostError(`${running} runs are in progress, which is all that one caller may have`)
    const run = new Run(host, request)
    this.#runs.set(run.handle, run)
    inBackground(run.ended.then(() => this.#forget(run)))
    return run
  }

  /** @throws PythonHostError with the handles that there are */
  get(handle: string): Run {
    const run = this.#runs.get(handle)
    if (run !== undefined) return run
    const known = [...this.#runs.keys()].slice(-10)
    throw new PythonHostError(
      `there is no run ${JSON.stringify(handle)}, or it ended more than ${KEEP_MS / 60_000} minutes ago; ` +
        (known.length === 0 ? 'you have none' : `yours are ${known.join(', ')}`),
    )
  }

  /** Ends every run. */
  async close(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const run of runs) run.cancel()
    await Promise.all(runs.map((run) => run.ended))
    this.#runs.clear()
  }

  #forget(ended: Run): void {
    setTimeout(() => this.#runs.delete(ended.handle), KEEP_MS).unref()
    const old = [...this.#runs.values()].filter(({ state }) => state.phase !== 'running')
    for (const run of old.slice(0, Math.max(0, old.length - MAX_KEPT))) this.#runs.delete(run.handle)
  }
}
