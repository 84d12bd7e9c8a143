import type { ExecutionEvent, ExecutionOutcome, JsonValue } from 'agentchat-sandbox'

/**
 * Why a run ended. `answered`: with an answer. `max-steps`, `max-seconds`, `max-tokens`: a limit. `repeating`: the model
 * did the same again and again. `model-failed`: its endpoint. `model-refused`: it did not want to. `sandbox-failed`: we
 * could not run its code. `cancelled`: the caller's signal.
 */
export type AgentEnd =
  | 'answered'
  | 'max-steps'
  | 'max-seconds'
  | 'max-tokens'
  | 'repeating'
  | 'model-failed'
  | 'model-refused'
  | 'sandbox-failed'
  | 'cancelled'

/** One turn of the model, and what came of it. */
export interface AgentStep {
  /** What the model wrote, as far as it came. */
  readonly text: string
  /** The code in it, or null. */
  readonly code: string | null
  /** What the model was told of its execution, or null. */
  readonly observation: string | null
}

/** What was sent to the model and came from it. */
export interface AgentUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Did the endpoint leave some of it to be estimated? */
  readonly estimated: boolean
}

/** How a run came out. What is known so far is there at every end. */
export interface AgentResult {
  readonly end: AgentEnd
  /** A value given to `final_answer`, or the message without code; null where there is no answer. An error is never one. */
  readonly answer: JsonValue
  /** What went wrong, for a person; null after an answer. */
  readonly problem: string | null
  readonly steps: readonly AgentStep[]
  readonly usage: AgentUsage
  readonly seconds: number
}

/** What happens in a run. `finished` comes last, exactly once. */
export type AgentEvent =
  | { readonly type: 'text' | 'reasoning'; readonly step: number; readonly text: string }
  | { readonly type: 'code'; readonly step: number; readonly code: string }
  | {
      readonly type: 'execution'
      readonly step: number
      readonly event: Exclude<ExecutionEvent, { readonly type: 'finished' }>
    }
  | {
      readonly type: 'observation'
      readonly step: number
      readonly text: string
      readonly result: ExecutionOutcome
    }
  | { readonly type: 'finished'; readonly result: AgentResult }
