/** What the flags of `agent` say. */
export interface AgentFlags {
  readonly url?: string
  readonly model?: string
  readonly tool: readonly string[]
  readonly approve: readonly string[]
  readonly file: readonly string[]
  readonly session?: string
  readonly maxSteps?: string
  readonly maxSeconds?: string
  readonly maxTokens?: string
  readonly yes?: true
  readonly json?: true
  readonly replay?: string
}
