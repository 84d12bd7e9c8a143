import type { ExecutionEvent } from '../result/events.ts'
import type { ExecutionOptions } from './execution-options.ts'

/** What runs one piece of code after the other. */
export interface PythonRunner {
  /** Runs `code` and yields what happens. Leaving the loop ends the run. */
  stream(code: string, options?: ExecutionOptions): AsyncIterable<ExecutionEvent>
}
