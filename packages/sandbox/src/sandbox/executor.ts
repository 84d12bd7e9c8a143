import type { ExecutionEvent } from './events.ts'
import type { ExecutionOptions } from './execution-options.ts'
import type { CodeExecutionResult } from './result.ts'

/**
 * The port that everything above the sandbox takes: a local pool, an audited one and one on another machine
 * look the same through it.
 */
export interface PythonExecutor {
  /** Runs `code` and yields what happens. Leaving the loop ends the run. */
  stream(code: string, options?: ExecutionOptions): AsyncIterable<ExecutionEvent>
}

/** Reads a stream of events to its end and gives the result in its last event. */
export async function collect(events: AsyncIterable<ExecutionEvent>): Promise<CodeExecutionResult> {
  for await (const event of events) {
    if (event.type === 'finished') return event.result
  }
  throw new TypeError('Cannot collect the result: the stream ended without a "finished" event')
}
