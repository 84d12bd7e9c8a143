import type { SandboxFlags } from 'agentchat-sandbox-base/command/sandbox-flags'
import type { SecretFlags } from 'agentchat-sandbox-base/command/secret-flags'

/** What the flags of `run` say. */
export interface RunFlags extends SandboxFlags, SecretFlags {
  readonly code?: string
  readonly json?: true
  readonly stdin?: string
  readonly file?: readonly string[]
  readonly out?: string
  readonly batch?: string
  readonly dryRun?: true
  readonly concurrency?: number
}
