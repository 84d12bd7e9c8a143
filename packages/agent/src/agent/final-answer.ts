import type { ExactJsonValue, JsonValue, Tool } from 'agentchat-sandbox'

/** The name of the function by which code gives the answer. */
export const ANSWER = 'final_answer'

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
    name: ANSWER,
    description: 'Gives the answer and ends the task. The value must be what JSON can hold.',
    parameters: {
      type: 'object',
      properties: { value: {} },
      required: ['value'],
      additionalProperties: false,
    },
    execute: async ({ value = null }, { signal }) => {
      this.#given ??= { value: asJson(value) }
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

/** The answer is JSON: a whole number past 2^53 is in it as in any result. */
function asJson(value: ExactJsonValue): JsonValue {
  const text = JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'bigint' ? { type: 'int', repr: String(item) } : item,
  )
  return JSON.parse(text) as JsonValue
}
