import { createHash } from 'node:crypto'
import type { JsonValue, PythonRunner } from 'agentchat-sandbox'
import type { SessionRow } from '../../db/queries/sessions.ts'
import { InvalidRequestError } from '../errors.ts'
import type { Policy } from '../policy.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import type { Secrets } from '../secrets/sealed-secret.ts'
import type { WebhookRequest } from '../webhooks/webhook-request.ts'
import type { Redaction } from './redaction-policy.ts'

/** What an execution may ask for. */
export interface RunOptions {
  readonly timeoutSeconds?: number | undefined
  readonly cpuSeconds?: number | undefined
  readonly memoryLimitMb?: number | undefined
  /** Values by name, or the JSON text of such an object, which reaches Python as it stands. */
  readonly globals?: Readonly<Record<string, JsonValue>> | string | undefined
  readonly args?: readonly string[] | undefined
  readonly stdin?: string | undefined
}

/** Files that the code finds, by their names. */
export type RunFiles = Readonly<Record<string, Uint8Array | string>>

/** One execution that is wanted. */
export interface RunRequest {
  readonly code: string
  readonly options: RunOptions
  readonly files?: RunFiles | undefined
  /** What the code may do beside computing; without it nothing. */
  readonly permissions?: ToolPermissions | undefined
  /** Secrets that its code uses and never sees, beside those of the tool or the session. They are kept nowhere. */
  readonly secrets?: Secrets | undefined
  /** What is to be taken out of what comes back, where that is more than holds anyway. */
  readonly redaction?: Redaction | undefined
  /** What it is called in the audit, where it is neither an execution nor a tool. */
  readonly action?: 'tool.check' | undefined
  /** Aborted when who asks for it waits no more: it is cancelled. */
  readonly signal?: AbortSignal | undefined
  /** Does `input()` wait for lines that are given while it runs? */
  readonly interactive?: boolean | undefined
  /** The tool that it is of, which the actor may execute. */
  readonly tool?: {
    readonly id: string
    readonly name: string
    readonly version: number
    readonly redaction?: Redaction | null
  }
  /** The session that it is to run in, which the actor may use. */
  readonly session?: SessionRow | undefined
  /** Gives what runs the execution with this id, with a place of its own, in place of a fresh interpreter or of the session. */
  readonly runner?: ((executionId: string) => PythonRunner) | undefined
  /** The run of an agent that it is a step of. */
  readonly agentRunId?: string | undefined
  /** Two requests with the same key are one. */
  readonly idempotencyKey?: string | undefined
  /** Who is told when it is over. */
  readonly webhook?: WebhookRequest | undefined
}

/** What was asked for, without what was left out, and within what the service gives. */
export function cappedOptions(
  { policy }: { readonly policy: Pick<Policy, 'maxTimeoutSeconds' | 'maxMemoryMb'> },
  options: RunOptions,
) {
  const { maxTimeoutSeconds, maxMemoryMb } = policy
  const { cpuSeconds, globals, args, stdin } = options
  const { timeoutSeconds = maxTimeoutSeconds, memoryLimitMb = maxMemoryMb } = options
  const problems = [
    ...(timeoutSeconds > maxTimeoutSeconds
      ? [{ path: 'timeoutSeconds', problem: `at most ${maxTimeoutSeconds} here, got ${timeoutSeconds}` }]
      : []),
    ...(memoryLimitMb > maxMemoryMb
      ? [{ path: 'memoryLimitMb', problem: `at most ${maxMemoryMb} here, got ${memoryLimitMb}` }]
      : []),
  ]
  if (problems.length > 0) throw new InvalidRequestError(problems)
  return {
    timeoutSeconds,
    memoryLimitMb,
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(globals === undefined ? {} : { globals }),
    ...(args === undefined ? {} : { args: [...args] }),
    ...(stdin === undefined ? {} : { stdin }),
  }
}

/** What is recorded of files that go in: not their contents. */
export function fileFacts(files: RunFiles = {}): { name: string; size: number; sha256: string }[] {
  return Object.entries(files).map(([name, content]) => ({
    name,
    size: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }))
}
