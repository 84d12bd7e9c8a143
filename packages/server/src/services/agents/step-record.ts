import type { JsonValue } from 'agentchat-sandbox'

/** A call of a tool, as it is recorded. */
export interface RecordedCall {
  readonly name: string
  readonly arguments: JsonValue
  readonly ok: boolean
  /** What Python was given, or what it was told. */
  readonly result: JsonValue
}

/** One turn of the model, and what came of it, as it is recorded. */
export interface RecordedStep {
  /** What the model wrote. */
  readonly text: string
  readonly code: string | null
  readonly executionId: string | null
  /** What the model was told of the code. */
  readonly observation: string | null
  readonly calls: readonly RecordedCall[]
  /** What the turn cost, where the endpoint told. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
  /** How the model failed, in this turn. */
  readonly failure: { readonly kind: 'failed' | 'refused'; readonly message: string } | null
  /** Did the model reach its own limit of length? Left out where it did not. */
  readonly cut?: boolean | undefined
  /** Is all of it here? A step that is not whole cannot be replayed. */
  readonly whole: boolean
}

/** Of one step, and of all steps of a run, in bytes of JSON. */
export const MAX_STEP_BYTES = 131_072
export const MAX_STEPS_BYTES = 2 ** 21
/** However little room there is, so much is recorded of each. */
const SHORT_CHARS = 1000

/** The JSON of a step: whole where there is room for it, else the beginnings of its texts. */
export function stepText(
  step: RecordedStep,
  room: number,
): { readonly content: string; readonly bytes: number } {
  const whole = JSON.stringify(step)
  const bytes = Buffer.byteLength(whole)
  if (bytes <= Math.min(room, MAX_STEP_BYTES)) return { content: whole, bytes }
  const chars = Math.min(SHORT_CHARS, Math.max(0, Math.floor(room / 20)))
  const content = JSON.stringify({
    ...step,
    text: beginning(step.text, chars),
    code: step.code === null ? null : beginning(step.code, chars),
    observation: step.observation === null ? null : beginning(step.observation, chars),
    calls: [],
    whole: false,
  } satisfies RecordedStep)
  return { content, bytes: Buffer.byteLength(content) }
}

/** Never half a character. */
function beginning(text: string, chars: number): string {
  return text.slice(0, chars).replace(/[\ud800-\udbff]$/, '')
}
