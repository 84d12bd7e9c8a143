import type { ExecutionEvent, ExecutionOptions, PythonRunner } from 'agentchat-sandbox'
import type { FairPlaces } from './fair-places.ts'

/** The same executor, whose executions have to have a place among those of all users. */
export function fairExecutor(
  executor: PythonRunner,
  { places, userId }: { readonly places: FairPlaces; readonly userId: string },
): PythonRunner {
  return { stream: (code, options) => runInPlace({ executor, places, userId }, code, options) }
}

interface Fair {
  readonly executor: PythonRunner
  readonly places: FairPlaces
  readonly userId: string
}

async function* runInPlace(
  { executor, places, userId }: Fair,
  code: string,
  options: ExecutionOptions = {},
): AsyncGenerator<ExecutionEvent, void, void> {
  const asked = performance.now()
  // One that was aborted while it waited has a result all the same, which the executor knows.
  using _place = await places.take(userId, options.signal ?? NEVER)
  const waitedMs = performance.now() - asked
  for await (const event of executor.stream(code, options)) {
    if (event.type === 'finished' && waitedMs >= 1) {
      const { usage } = event.result
      Object.assign(usage, { queueMs: usage.queueMs + waitedMs })
    }
    yield event
  }
}

const NEVER = new AbortController().signal
