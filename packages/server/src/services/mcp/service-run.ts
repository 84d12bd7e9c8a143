import type { FilePart, PythonRun, RunState } from 'agentchat-sandbox-mcp'
import { PythonHostError, Tail } from 'agentchat-sandbox-mcp'
import type { ServiceContext } from '../context.ts'
import { readExecutionFile } from '../executions/execution-files.ts'
import type { ExecutionRow } from '../executions/executions.ts'
import type { LiveRun, NumberedEvent } from '../executions/live-run.ts'
import type { RecordedResult } from '../executions/recorded-result.ts'
import { cancelExecution } from '../executions/remove-execution.ts'
import { beginningOf } from './beginning-of.ts'
import type { ActorNow } from './caller.ts'

/** An execution as a caller of the protocol sees it. */
export class ServiceRun implements PythonRun {
  readonly handle: string
  readonly session: string | null
  readonly output = new Tail()
  readonly #context: ServiceContext
  readonly #actor: ActorNow
  readonly #live: LiveRun | null
  readonly #begunAt: Date
  #seen = 0
  #state: RunState

  constructor(
    context: ServiceContext,
    actor: ActorNow,
    { row, run }: { readonly row: ExecutionRow; readonly run: LiveRun | null },
  ) {
    this.handle = row.id
    this.session = row.sessionId
    this.#context = context
    this.#actor = actor
    this.#live = run
    this.#begunAt = row.createdAt
    this.#state = run === null ? stateOf(row) : { phase: 'running' }
  }

  get state(): RunState {
    return this.#state
  }

  get seconds(): number {
    return (Date.now() - this.#begunAt.getTime()) / 1000
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#live === null || this.#state.phase !== 'running') return
    const over = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))])
    const stopped = new Promise<null>((resolve) => {
      if (over.aborted) resolve(null)
      over.addEventListener('abort', () => resolve(null), { once: true })
    })
    const events = this.#live.follow(this.#seen)
    for (;;) {
      const next = await Promise.race([events.next(), stopped])
      if (next === null) return
      if (next.done) break
      this.#take(next.value)
    }
    if (this.#state.phase === 'running') await this.#readEnd(this.#live)
  }

  async cancel(): Promise<void> {
    if (this.#live === null || this.#state.phase !== 'running') return
    if (!this.#live.done) await cancelExecution(this.#context, this.#actor(), this.handle)
    for await (const event of this.#live.follow(this.#seen)) this.#take(event)
    if (this.#state.phase === 'running') await this.#readEnd(this.#live)
  }

  async readFile(path: string, maxBytes: number): Promise<FilePart & { readonly mime: string }> {
    const file = await readExecutionFile(this.#context, this.#actor(), { id: this.handle, path })
    return { ...(await beginningOf(file, maxBytes)), mime: file.mime }
  }

  #take({ id, event }: NumberedEvent): void {
    this.#seen = id
    if (event.type === 'stdout' || event.type === 'stderr') this.output.add(event.text)
    if (event.type === 'finished') this.#state = { phase: 'finished', result: event.result }
  }

  /** It ended without a result. */
  async #readEnd(live: LiveRun): Promise<void> {
    this.#state = await live.ended.then(stateOf, (error: unknown) => ({ phase: 'failed', error }) as const)
  }
}

function stateOf({ id, status, result, failure }: ExecutionRow): RunState {
  // It was written from a result of the library.
  if (result !== null) return { phase: 'finished', result: result as RecordedResult }
  const reason = failure ?? (status === 'running' ? 'another service runs it' : `it ended as "${status}"`)
  return { phase: 'failed', error: new PythonHostError(`${id} has no result: ${reason}`) }
}
