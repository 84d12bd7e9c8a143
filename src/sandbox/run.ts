import { EventQueue } from '../async/event-queue.ts'
import type { EndMessage } from '../protocol/runner-messages.ts'
import { buildResult, type RunFacts } from './build-result.ts'
import type { ExecutionEvent } from './events.ts'
import { LimitWatch } from './limit-watch.ts'
import { OutputCollector } from './output-collector.ts'
import type { ExecutionRequest } from './request.ts'
import type { Worker, WorkerEnd } from './worker/worker.ts'

/** Characters of output that may wait for a slow reader before Python has to wait. */
const QUEUE_CHARS = 1 << 20

/** What came before the run: how long it waited, in milliseconds. */
export interface Waiting {
  readonly queueMs: number
  readonly startMs: number
}

/**
 * Runs one piece of code on a worker and yields what happens. Status, time and limits are measured here; of what the
 * worker says only its output, its result and its exception are used. Leaving the loop kills the worker.
 */
export async function* runOnWorker(
  worker: Worker,
  request: ExecutionRequest,
  waiting: Waiting,
): AsyncGenerator<ExecutionEvent, void, void> {
  const queue = new EventQueue<ExecutionEvent>(QUEUE_CHARS, (event) =>
    'text' in event ? event.text.length : 0,
  )
  const stdout = new OutputCollector(request.limits.maxOutputBytes)
  const stderr = new OutputCollector(request.limits.maxOutputBytes)
  const watch = new LimitWatch(worker, request)

  const finish = (ending: EndMessage | WorkerEnd) => {
    const { verdict, ...measured } = watch.stop()
    for (const [type, collector] of [['stdout', stdout] as const, ['stderr', stderr] as const]) {
      const text = collector.finish()
      if (text !== '') queue.push({ type, text })
    }
    const usage = { ...waiting, ...measured, stdoutBytes: stdout.bytes, stderrBytes: stderr.bytes }
    const facts: RunFacts = {
      ending,
      verdict,
      usage,
      stdout,
      stderr,
      request,
      walls: worker.walls,
      uses: worker.audit?.uses() ?? [],
      calls: { used: worker.bridge.used, denied: worker.bridge.denied },
    }
    queue.push({ type: 'finished', result: buildResult(facts) })
    queue.close()
  }

  queue.push({ type: 'started' })
  worker.run(request.message, {
    onStarted: () => watch.begin(),
    onOutput(type, bytes) {
      const collector = type === 'stdout' ? stdout : stderr
      const text = collector.add(bytes)
      if (collector.flooded) watch.condemn('output')
      if (text === '' || queue.push({ type, text })) return
      worker.pause()
      void queue.drained.then(() => worker.resume())
    },
    onEnd: finish,
    onGone: finish,
  })
  try {
    yield* queue
  } finally {
    watch.stop()
  }
}
