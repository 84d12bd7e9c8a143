import { type ByteRedactor, RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'
import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult, ExecutionError, PermissionUse } from '../result/result.ts'
import { withMethods } from '../result/result-methods.ts'
import { FileRedaction } from './file-redaction.ts'

/** Takes secrets out of what one execution gives back, and counts what was taken out by rule. */
export class RunRedaction {
  readonly #newRedactor: (counter: RedactionCounter) => ByteRedactor
  readonly #counter = new RedactionCounter()
  readonly #texts: TextRedactor

  constructor(newRedactor: (counter: RedactionCounter) => ByteRedactor) {
    this.#newRedactor = newRedactor
    this.#texts = new TextRedactor(newRedactor(this.#counter))
  }

  /** For one output stream. */
  stream(): ByteRedactor {
    return this.#newRedactor(this.#counter)
  }

  /** For the contents of one file. */
  file(): FileRedaction {
    return new FileRedaction(this.#newRedactor, this.#counter)
  }

  /** Of a value of JSON: of the texts in it. */
  value<Value>(value: Value): Value {
    return this.#texts.value(value)
  }

  /** An event as it is told. Output, and the result, have been seen to where they are made. */
  event(event: ExecutionEvent): ExecutionEvent {
    switch (event.type) {
      case 'tool-call':
        return { ...event, arguments: this.value(event.arguments) }
      case 'tool-result':
        return event.ok
          ? { ...event, result: this.value(event.result) }
          : { ...event, error: this.value(event.error) }
      case 'input-request':
        return { ...event, prompt: this.value(event.prompt) }
      case 'display':
        return { ...event, ...this.value({ data: event.data, metadata: event.metadata }) }
      case 'started':
      case 'stdout':
      case 'stderr':
      case 'file':
      case 'progress':
      case 'usage':
      case 'finished':
        return event
    }
    return event satisfies never
  }

  /** The result, whose output and displays have been seen to. */
  result(result: CodeExecutionResult): CodeExecutionResult {
    const { permissions } = result
    const redacted = {
      ...result,
      result: this.value(result.result),
      resultText: this.value(result.resultText),
      error: result.error && this.#error(result.error),
      permissions: {
        ...permissions,
        used: this.#uses(permissions.used),
        denied: this.#uses(permissions.denied),
      },
    }
    return withMethods({ ...redacted, redactions: this.#counter.counts })
  }

  #error(error: ExecutionError): ExecutionError {
    const { name, message, traceback, hint } = error
    return { ...error, ...this.value({ name, message, traceback, hint }) }
  }

  #uses(uses: readonly PermissionUse[]): readonly PermissionUse[] {
    return uses.map((use) => ({ ...use, value: this.value(use.value) }))
  }
}
