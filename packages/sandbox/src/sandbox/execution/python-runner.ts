import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import type { ExecutionOptions } from './execution-options.ts'

/** What runs one piece of code after the other. */
export interface PythonRunner {
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
