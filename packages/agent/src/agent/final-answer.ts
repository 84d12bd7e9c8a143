import type { JsonValue, Tool } from 'agentchat-sandbox'

/**
 * The function by which code gives the answer. It ends the execution from outside: code that catches that may go on for a
 * moment, and nothing of it counts.
 */
export class FinalAnswer {
  readonly #ended = new AbortController()
  #given: { readonly value: JsonValue } | null = null

  /** Aborted once an answer was given: the execution is over. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** The answer; null before it was given. The first one counts. */
  get given(): { readonly value: JsonValue } | null {
    return this.#given
  }

  readonly tool: Tool = {
    name: 'final_answer',
    description: 'Gives the answer and ends the task. The value must be what JSON can hold.',
    parameters: {
      type: 'object',
      properties: { value: {} },
      required: ['value'],
      additionalProperties: false,
    },
    execute: async ({ value = null }, { signal }) => {
      this.#given ??= { value }
      this.#ended.abort()
      // Python hears nothing more: it is ended while it waits.
      if (!signal.aborted)
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        )
      return null
    },
  }
}
