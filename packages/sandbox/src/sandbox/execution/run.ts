import { EventQueue } from 'agentchat-sandbox-base/async/event-queue'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { type JoinedSignal, joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import type { DisplayMessage, EndMessage } from '../../protocol/runner-messages.ts'
import type { LineSource } from '../bridge/input-service.ts'
import type { RunRedaction } from '../redaction/run-redaction.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { ExecutionUsage, InterpreterKind, UsageSample } from '../result/result.ts'
import type { Worker, WorkerEnd } from '../worker/worker.ts'
import { buildResult } from './build-result.ts'
import type { FileKeeper } from './file-keeper.ts'
import { LimitWatch, type Measured } from './limit-watch.ts'
import { DisplayCollector, RunOutput } from './output/run-output.ts'
import type { ExecutionRequest } from './request.ts'
import { UsageTicks } from './usage-timeline.ts'

/** Characters of output that may wait for a slow reader before Python has to wait. */
const QUEUE_CHARS = 1 << 20

/** What a run is in. */
export interface RunContext {
  /** How long it waited, in milliseconds. */
  readonly queueMs: number
  readonly startMs: number
  /** How long its packages took; by default it needed none. */
  readonly packagesMs?: number
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
  readonly interpreter: InterpreterKind
  /** Called when the worker says that it has begun with the code. */
  readonly onStarted?: () => void
}

/**
 * Runs one piece of code on a worker and yields what happens. Status, time and limits are measured here; of what the
 * worker says only its output, its result and its exception are used. Leaving the loop kills the worker.
 */
export async function* runOnWorker(
  worker: Worker,
  request: ExecutionRequest,
  context: RunContext,
): AsyncGenerator<ExecutionEvent, void, void> {
  if (request.redaction.isUnready) await request.redaction.load()
  const run = new Run(worker, request, context)
  try {
    run.begin()
    yield* run.events
  } finally {
    run.stop()
  }
}

/** One run, from its first message to the worker to its last event. */
class Run {
  readonly events = new EventQueue<ExecutionEvent>(QUEUE_CHARS, weightOf)
  readonly #worker: Worker
  readonly #request: ExecutionRequest
  readonly #context: RunContext
  readonly #redaction: RunRedaction | null
  readonly #output: RunOutput
  readonly #displays = new DisplayCollector()
  readonly #watch: LimitWatch
  readonly #hold: (until: Promise<void>) => void
  readonly #over = new AbortController()
  /** Aborted when the run is over or its caller gives it up: for what the caller does for it. */
  readonly #calls: JoinedSignal
  readonly #ticks: UsageTicks

  constructor(worker: Worker, request: ExecutionRequest, context: RunContext) {
    this.#worker = worker
    this.#request = request
    this.#context = context
    this.#redaction = request.redaction.begin()
    this.#output = new RunOutput({
      limits: request.limits,
      keeper: context.keeper,
      newRedactor: () => this.#redaction?.stream() ?? null,
      onLate: (text) => this.#push(text),
    })
    this.#watch = new LimitWatch(worker, request)
    this.#hold = holdOf(worker)
    this.#calls = joinSignals(request.signal, this.#over.signal)
    this.#ticks = new UsageTicks(
      () => this.#watch.sample(),
      (sample) => this.#tellUsage(sample),
    )
  }

  begin(): void {
    const { message, lines, tools } = this.#request
    this.events.push({ type: 'started' })
    this.#worker.run(message, {
      lines: lines && ((prompt) => this.#ask(lines, prompt)),
      tools: tools && {
        set: tools,
        redact: this.#redaction && ((value) => this.#redaction?.value(value)),
        signal: this.#calls.signal,
        tell: (event) => this.#tell(event),
        stopClock: () => this.#watch.stopClock(),
      },
      secrets: this.#request.secrets,
      onStarted: () => {
        this.#watch.begin()
        this.#context.onStarted?.()
      },
      onOutput: (type, bytes) => this.#take(type, bytes),
      onDisplay: (display, bytes) => this.#show(display, bytes),
      onEnd: (end) => this.#end(end),
      onGone: (end) => this.#end(end),
    })
  }

  /** Stops measuring and what tools are at; again does nothing. */
  stop(): void {
    this.#over.abort()
    this.#calls[Symbol.dispose]()
    this.#ticks.stop()
    this.#watch.stop()
  }

  #push(event: ExecutionEvent): void {
    if (!this.events.push(event)) this.#hold(this.events.drained)
  }

  async #ask(lines: LineSource, prompt: string): Promise<string | null> {
    await this.#tell({ type: 'input-request', prompt })
    return (await untilAborted(Promise.resolve(lines(prompt)), this.#calls.signal)) ?? null
  }

  async #tell(event: ExecutionEvent): Promise<void> {
    this.#push(this.#redaction?.event(event) ?? event)
    await this.events.drained
  }

  #tellUsage({ memoryBytes, pythonHeapBytes }: UsageSample): void {
    // Old figures are of no use to a reader who is behind.
    if (!this.events.empty) return
    const usage = this.#usageOf(this.#watch.soFar())
    this.events.push({ type: 'usage', ...usage, memoryBytes, pythonHeapBytes })
  }

  #usageOf(measured: Omit<Measured, 'verdict'>): ExecutionUsage {
    const { queueMs, startMs, packagesMs = 0 } = this.#context
    const { stdout, stderr } = this.#output
    return { queueMs, startMs, packagesMs, ...measured, stdoutBytes: stdout.bytes, stderrBytes: stderr.bytes }
  }

  #take(type: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const { text, wait } = this.#output.take(type, bytes)
    if (this.#output.flooded) this.#watch.condemn('output')
    if (wait !== null) this.#hold(wait)
    if (text !== '') this.#push({ type, text })
  }

  #show(message: DisplayMessage, bytes: number): void {
    const shown = this.#redaction?.value(message) ?? message
    const display = this.#displays.add(shown, bytes)
    if (this.#displays.flooded) this.#watch.condemn('output')
    else this.#push({ type: 'display', ...display })
  }

  /** A failure of ours must reach the caller, and nobody else. */
  #end(ending: EndMessage | WorkerEnd): void {
    this.#finish(ending).catch((error: unknown) => this.events.fail(error))
  }

  /** The code has ended: brings what it made to the host, and says how it went. */
  async #finish(ending: EndMessage | WorkerEnd): Promise<void> {
    const { verdict, ...measured } = this.#watch.settle()
    this.#over.abort()
    this.#ticks.stop()
    const end = 'type' in ending ? ending : null
    for (const rest of this.#output.finish(end)) this.events.push(rest)
    const fullOutput = await this.#output.whole()
    const changes = end?.files ?? []
    const files =
      changes.length === 0 ? [] : await this.#context.keeper.keep(this.#worker, changes, this.#redaction)
    for (const file of files) this.events.push({ type: 'file', ...file })
    this.#watch.stop()
    const { walls, audit, bridge } = this.#worker.plan
    // Read first: reading may count more of what was left out.
    const uses = audit?.uses() ?? []
    const result = buildResult({
      ending,
      verdict,
      usage: this.#usageOf(measured),
      timeline: this.#ticks.timeline,
      stdout: this.#output.stdout,
      stderr: this.#output.stderr,
      fullOutput,
      displays: this.#displays.displays,
      files,
      dropped: {
        files: (end?.filesDropped ?? 0) + changes.length - files.length,
        displays: (end?.displaysDropped ?? 0) + this.#displays.dropped,
        permissions: (audit?.leftOut ?? 0) + bridge.leftOut,
      },
      request: this.#request,
      walls,
      interpreter: this.#context.interpreter,
      uses,
      calls: { used: bridge.used, denied: bridge.denied, hint: bridge.hint },
    })
    this.events.push({ type: 'finished', result: this.#redaction?.result(result) ?? result })
    this.events.close()
  }
}

/** Makes a worker wait: while any of the promises that it is given is not resolved, it is not listened to. */
function holdOf(worker: Worker): (until: Promise<void>) => void {
  const holds = new Set<Promise<void>>()
  return (until) => {
    if (holds.has(until)) return
    holds.add(until)
    worker.pause()
    inBackground(
      until.finally(() => {
        holds.delete(until)
        if (holds.size === 0) worker.resume()
      }),
    )
  }
}

/** What an event weighs beside its text. */
const EVENT_CHARS = 100

/** Characters that an event holds, roughly. */
function weightOf(event: ExecutionEvent): number {
  if ('text' in event) return event.text.length
  if (event.type === 'input-request') return event.prompt.length + EVENT_CHARS
  if (event.type === 'tool-call') return JSON.stringify(event.arguments).length
  if (event.type === 'tool-result') return 'result' in event ? JSON.stringify(event.result).length : 0
  if (event.type !== 'display') return 0
  return typeof event.data === 'string' ? event.data.length : 10_000
}
