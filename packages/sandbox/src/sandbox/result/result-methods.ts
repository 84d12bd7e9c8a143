import type { CodeExecutionResult, ExecutionOutcome, ToTextOptions } from './result.ts'
import { resultToMarkdown } from './result-markdown.ts'
import { resultToText } from './result-text.ts'

/** Gives a result its methods. They are not enumerable, so that JSON, structured clones and comparisons see only data. */
export function withMethods(outcome: ExecutionOutcome): CodeExecutionResult {
  const methods = {
    toText: (options?: ToTextOptions) => resultToText(outcome, options),
    toMarkdown: () => resultToMarkdown(outcome),
  }
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(outcome, name, { value })
  return outcome as CodeExecutionResult
}
