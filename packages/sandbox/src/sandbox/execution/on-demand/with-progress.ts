import { EventQueue } from 'agentchat-sandbox-base/async/event-queue'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import type { Progress } from '../../listeners.ts'
import type { ExecutionEvent } from '../../result/events.ts'

/** Packages report a few dozen steps: no backpressure is needed. */
const UNBOUNDED = Number.POSITIVE_INFINITY

/** Work that takes its time. */
export interface SlowWork<Value> {
  readonly work: (onProgress: (progress: Progress) => void) => Promise<Value>
  /** Takes what came of it when nobody waits any more. */
  readonly abandon: (value: Value) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Yields the steps of some work as events, and returns what came of it; null when the signal was aborted first. The work
 * itself goes on then: what it fetches and builds is kept for the next time.
 */
export async function* withProgress<Value>({
  work,
  abandon,
  signal,
}: SlowWork<Value>): AsyncGenerator<ExecutionEvent, Value | null, void> {
  const queue = new EventQueue<ExecutionEvent>(UNBOUNDED, () => 0)
  const close = () => queue.close()
  signal?.addEventListener('abort', close)
  if (signal?.aborted) close()
  const working = work((progress) => queue.push({ type: 'progress', ...progress })).finally(close)
  let taken = false
  try {
    yield* queue
    if (signal?.aborted) return null
    taken = true
    return await working
  } finally {
    signal?.removeEventListener('abort', close)
    if (!taken) inBackground(working.then(abandon))
  }
}
