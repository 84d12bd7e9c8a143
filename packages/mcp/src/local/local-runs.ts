import { randomBytes } from 'node:crypto'
import type { CodeExecutionResult, ExecutionEvent } from 'agentchat-sandbox'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { type FilePart, PythonHostError, type PythonRun, type RunState } from '../mcp/python-host.ts'
import { Tail } from '../mcp/tail.ts'
import { waitFor } from '../mcp/wait-for.ts'
import { beginningOf } from './beginning-of.ts'

/** Ended runs that are kept for `get_run` and for links, and for how long. */
export const MAX_KEPT = 20
export const KEEP_MINUTES = 15
/** Runs at a time. */
const MAX_RUNNING = 32

type Phase = Exclude<RunState, { phase: 'finished' }> | { phase: 'finished'; result: CodeExecutionResult }

/** A run in a sandbox of this process. */
export class LocalRun implements PythonRun {
  readonly handle = `run-${randomBytes(9).toString('hex')}`
  readonly session: string | null
  readonly output = new Tail()
  readonly ended: Promise<void>
  readonly #begun = performance.now()
  readonly #abort = new AbortController()
  #state: Phase = { phase: 'running' }

  /** Begins at once. */
  constructor(session: string | null, start: (signal: AbortSignal) => AsyncIterable<ExecutionEvent>) {
    this.session = session
    this.ended = this.#follow(start(this.#abort.signal))
  }

  get state(): RunState {
    return this.#state
  }

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await waitFor(this.ended, ms, signal)
  }

  async cancel(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async readFile(path: string, maxBytes: number): Promise<FilePart & { readonly mime: string }> {
    const state = this.#state
    const files = state.phase === 'finished' ? state.result.files : []
    const file = files.find((each) => each.path === path && each.change !== 'deleted')
    if (file === undefined) throw new PythonHostError(`${this.handle} made no file ${JSON.stringify(path)}`)
    return { ...(await beginningOf(file.stream(), maxBytes)), mime: file.mime }
  }

  async #follow(events: AsyncIterable<ExecutionEvent>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === 'stdout' || event.type === 'stderr') this.output.add(event.text)
        if (event.type === 'finished') this.#state = { phase: 'finished', result: event.result }
      }
      if (this.#state.phase === 'running') throw new TypeError('the stream ended without its last event')
    } catch (error) {
      this.#state = { phase: 'failed', error }
    }
  }
}

/** The runs of one caller, by their handles. */
export class LocalRuns {
  readonly #runs = new Map<string, LocalRun>()

  /** @throws PythonHostError where too many are running */
  begin(run: () => LocalRun): LocalRun {
    const running = [...this.#runs.values()].filter(({ state }) => state.phase === 'running').length
    if (running >= MAX_RUNNING)
      throw new PythonHostError(`${running} runs are in progress, which is all that there may be`)
    const begun = run()
    this.#runs.set(begun.handle, begun)
    inBackground(begun.ended.then(() => this.#keep(begun)))
    return begun
  }

  /** @throws PythonHostError with the handles that there are */
  get(handle: string): LocalRun {
    const run = this.#runs.get(handle)
    if (run !== undefined) return run
    const known = [...this.#runs.keys()].slice(-10)
    throw new PythonHostError(
      `there is no run ${JSON.stringify(handle)}, or it ended more than ${KEEP_MINUTES} minutes ago; ` +
        (known.length === 0 ? 'you have none' : `yours are ${known.join(', ')}`),
    )
  }

  /** Ends every run. */
  async close(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.cancel()))
    this.#runs.clear()
  }

  #keep(ended: LocalRun): void {
    setTimeout(() => this.#runs.delete(ended.handle), KEEP_MINUTES * 60_000).unref()
    const old = [...this.#runs.values()].filter(({ state }) => state.phase !== 'running')
    for (const run of old.slice(0, Math.max(0, old.length - MAX_KEPT))) this.#runs.delete(run.handle)
  }
}
