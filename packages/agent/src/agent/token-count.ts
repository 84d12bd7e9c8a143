import type { AgentUsage } from './agent-events.ts'

/** Characters that count as a token where the endpoint tells none. */
const CHARS_PER_TOKEN = 4

/** Counts what was sent to the model and what came from it. */
export class TokenCount {
  #input: number
  #output: number
  #estimated: boolean
  #told: { readonly inputTokens: number; readonly outputTokens: number } | null = null

  /** Goes on from what was counted before. */
  constructor(
    { inputTokens, outputTokens, estimated }: AgentUsage = {
      inputTokens: 0,
      outputTokens: 0,
      estimated: false,
    },
  ) {
    this.#input = inputTokens
    this.#output = outputTokens
    this.#estimated = estimated
  }

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
