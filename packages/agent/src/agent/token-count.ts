import type { AgentUsage } from './agent-events.ts'

/** Characters that count as a token where the endpoint tells none. */
const CHARS_PER_TOKEN = 4

/** Counts what was sent to the model and what came from it. */
export class TokenCount {
  #input = 0
  #output = 0
  #estimated = false
  #told: { readonly inputTokens: number; readonly outputTokens: number } | null = null

  get all(): number {
    return this.#input + this.#output
  }

  get usage(): AgentUsage {
    return { inputTokens: this.#input, outputTokens: this.#output, estimated: this.#estimated }
  }

  /** The endpoint tells of this turn; of several times the last counts. */
  tell(usage: { readonly inputTokens: number; readonly outputTokens: number }): void {
    this.#told = usage
  }

  /** The turn is over: what was not told is estimated. */
  endTurn(inputChars: number, outputChars: number): void {
    this.#estimated ||= this.#told === null
    this.#input += this.#told?.inputTokens ?? Math.ceil(inputChars / CHARS_PER_TOKEN)
    this.#output += this.#told?.outputTokens ?? Math.ceil(outputChars / CHARS_PER_TOKEN)
    this.#told = null
  }
}
