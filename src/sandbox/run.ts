import { EventQueue } from '../async/event-queue.ts'
import type { EndMessage } from '../protocol/runner-messages.ts'
import type { LineSource } from './bridge/input-service.ts'
import { buildResult, type RunFacts } from './build-result.ts'
import { DisplayCollector } from './display-collector.ts'
import type { ExecutionEvent } from './events.ts'
import type { FileKeeper } from './files/file-keeper.ts'
import { LimitWatch, type Measured } from './limit-watch.ts'
import { RunOutput } from './output/run-output.ts'
import type { ExecutionRequest } from './request.ts'
import type { ExecutionUsage } from './result.ts'
import type { Worker, WorkerEnd } from './worker/worker.ts'

/** Characters of output that may wait for a slow reader before Python has to wait. */
const QUEUE_CHARS = 1 << 20

/** How often a stream says what the run has taken so far. */
const USAGE_INTERVAL_MS = 1000

/** What a run is in. */
export interface RunContext {
  /** How long it waited, in milliseconds. */
  readonly queueMs: number
  readonly startMs: number
  /** How long its packages took; by default it needed none. */
  readonly packagesMs?: number
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
}

/**
 * Runs one piece of code on a worker and yields what happens. Status, time and limits are measured here; of what the
 * worker says only its output, its result and its exception are used. Leaving the loop kills the worker.
 */
export async function* runOnWorker(
  worker: Worker,
  request: ExecutionRequest,
  { queueMs, startMs, packagesMs = 0, keeper }: RunContext,
): AsyncGenerator<ExecutionEvent, void, void> {
  const queue = new EventQueue<ExecutionEvent>(QUEUE_CHARS, weightOf)
  const output = new RunOutput(request.limits, keeper)
  const displays = new DisplayCollector()
  const watch = new LimitWatch(worker, request)
  const over = new AbortController()
  const hold = holdOf(worker)
  const push = (event: ExecutionEvent) => {
    if (!queue.push(event)) hold(queue.drained)
  }

  const usageOf = (measured: Omit<Measured, 'verdict'>): ExecutionUsage => {
    const bytes = { stdoutBytes: output.stdout.bytes, stderrBytes: output.stderr.bytes }
    return { queueMs, startMs, packagesMs, ...measured, ...bytes }
  }
  const ticks = setInterval(() => {
    // Old figures are of no use to a reader who is behind.
    if (queue.empty) queue.push({ type: 'usage', ...usageOf(watch.soFar()) })
  }, USAGE_INTERVAL_MS)
  const finish = async (ending: EndMessage | WorkerEnd) => {
    const { verdict, ...measured } = watch.settle()
    over.abort()
    clearInterval(ticks)
    const end = 'type' in ending ? ending : null
    for (const rest of output.finish(end)) queue.push(rest)
    const fullOutput = await output.whole()
    const changes = end?.files ?? []
    const files = changes.length === 0 ? [] : await keeper.keep(worker, changes)
    for (const file of files) queue.push({ type: 'file', ...file })
    watch.stop()
    const { stdout, stderr } = output
    const facts: RunFacts = {
      ending,
      verdict,
      usage: usageOf(measured),
      stdout,
      stderr,
      fullOutput,
      displays: displays.displays,
      files,
      request,
      walls: worker.plan.walls,
      uses: worker.plan.audit?.uses() ?? [],
      calls: {
        used: worker.plan.bridge.used,
        denied: worker.plan.bridge.denied,
        hint: worker.plan.bridge.hint,
      },
    }
    queue.push({ type: 'finished', result: buildResult(facts) })
    queue.close()
  }

  const { lines } = request
  const ask: LineSource = async (prompt) => {
    queue.push({ type: 'input-request', prompt })
    return (await lines?.(prompt)) ?? null
  }
  const tell = async (event: ExecutionEvent) => {
    push(event)
    await queue.drained
  }
  queue.push({ type: 'started' })
  worker.run(request.message, {
    lines: lines && ask,
    tools: request.tools && { set: request.tools, signal: toolSignal(request, over.signal), tell },
    onStarted: () => watch.begin(),
    onOutput(type, bytes) {
      const { text, wait } = output.take(type, bytes)
      if (output.flooded) watch.condemn('output')
      if (wait !== null) hold(wait)
      if (text !== '') push({ type, text })
    },
    onDisplay(message, bytes) {
      const display = displays.add(message, bytes)
      if (displays.flooded) watch.condemn('output')
      else push({ type: 'display', ...display })
    },
    onEnd: (message) => void finish(message),
    onGone: (end) => void finish(end),
  })
  try {
    yield* queue
  } finally {
    over.abort()
    clearInterval(ticks)
    watch.stop()
  }
}

/** Makes a worker wait: while any of the promises that it is given is not resolved, it is not listened to. */
function holdOf(worker: Worker): (until: Promise<void>) => void {
  const holds = new Set<Promise<void>>()
  return (until) => {
    if (holds.has(until)) return
    holds.add(until)
    worker.pause()
    void until.then(() => {
      holds.delete(until)
      if (holds.size === 0) worker.resume()
    })
  }
}

/** Aborted when the run is over or its caller gives it up. */
function toolSignal({ signal }: ExecutionRequest, over: AbortSignal): AbortSignal {
  return signal === undefined ? over : AbortSignal.any([signal, over])
}

/** Characters that an event holds, roughly. */
function weightOf(event: ExecutionEvent): number {
  if ('text' in event) return event.text.length
  if (event.type === 'tool-call') return JSON.stringify(event.arguments).length
  if (event.type === 'tool-result') return 'result' in event ? JSON.stringify(event.result).length : 0
  if (event.type !== 'display') return 0
  return typeof event.data === 'string' ? event.data.length : 10_000
}
