import type { SandboxFlags } from 'agentchat-sandbox-base/command/sandbox-flags'

/** What the flags of `run` say. */
export interface RunFlags extends SandboxFlags {
  readonly code?: string
  readonly json?: true
  readonly stdin?: string
  readonly file?: readonly string[]
  readonly out?: string
}
