/** What the flags of the commands for sessions say. */
export interface SessionFlags {
  readonly store: string
  readonly owner?: string
  readonly json?: true
}
