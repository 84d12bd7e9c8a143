import type { JsonValue } from 'agentchat-sandbox'
import type { ModelRow, ModelSummary } from '../../db/queries/models.ts'

/** The most that a run with a model gets, and what it gets when it does not ask. */
export interface ModelLimits {
  /** Turns of the model. */
  readonly maxSteps: number
  /** Wall clock of the whole run. */
  readonly maxSeconds: number
  /** Of what is sent to the model and comes from it, together; null for no limit. */
  readonly maxTokens: number | null
  /** To the first byte of an answer of the model, and between two pieces of it. */
  readonly timeoutSeconds: number
}

export const DEFAULT_LIMITS: ModelLimits = {
  ...{ maxSteps: 20, maxSeconds: 600, maxTokens: null, timeoutSeconds: 60 },
}

/** A model, with what its columns hold read back; of its key only whether there is one. */
export type Model = Omit<ModelSummary, 'parameters' | 'limits' | 'users'> & {
  readonly parameters: { readonly [name: string]: JsonValue }
  readonly limits: ModelLimits
  /** Who may use it; null for everybody. */
  readonly users: readonly string[] | null
}

/** A model of its row. The casts stand for what was checked when it was written. */
export function modelOf(row: ModelRow | ModelSummary): Model {
  const { apiKey, ...rest } = 'apiKey' in row ? row : { ...row, apiKey: null }
  return {
    ...rest,
    hasApiKey: 'hasApiKey' in row ? row.hasApiKey : apiKey !== null,
    parameters: row.parameters as Model['parameters'],
    limits: row.limits as ModelLimits,
    users: row.users as Model['users'],
  }
}
