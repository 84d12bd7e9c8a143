import type { DisplayMessage, EndMessage } from '../../protocol/runner-messages.ts'
import type { ExecutionServices, HostBridge } from '../bridge/host-bridge.ts'
import { WorkerStartError } from '../errors/errors.ts'
import type { Launch, Wall } from '../wall/launch.ts'
import type { PermissionAudit } from './permission-audit.ts'
import type { Priority } from './standing.ts'

/** How a worker is started. */
export interface WorkerPlan {
  readonly launch: Launch
  readonly walls: readonly Wall[]
  /** A folder of this worker alone for Deno's caches; taken away before a caller's code runs. */
  readonly denoDir: string
  /** Largest message of the runner that is no display, in bytes. */
  readonly maxMessageBytes: number
  /** How it shares the cores; by default equally. */
  readonly priority?: Priority | undefined
  /** Answers what Python asks of the host; closed with the worker. */
  readonly bridge: HostBridge
  /** Where Deno notes what the worker asks for; closed with the worker. */
  readonly audit?: PermissionAudit | null
}

/** Why a worker is no more. `detail` may come from the worker: show it, never act on it. */
export interface WorkerEnd {
  readonly reason: 'exited' | 'killed' | 'protocol'
  readonly exitCode: number | null
  readonly detail: string
}

/** The error for a worker that has ended before it was ready. */
export function startError(
  { exitCode, detail }: WorkerEnd,
  signal: string | null,
  cause: Error | undefined,
): WorkerStartError {
  const how = signal === null ? `Deno ended with code ${exitCode}` : `Deno was ended by ${signal}`
  return new WorkerStartError(cause?.message ?? how, detail, { cause })
}

/** What a run is told while it lasts. */
export interface RunListener extends ExecutionServices {
  /** The worker has begun with the code; before that it may have finished warming up. Believed once. */
  onStarted(): void
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** `bytes` is the size of the message. */
  onDisplay(display: DisplayMessage, bytes: number): void
  /** Exactly one of these two comes, once, and nothing after it. */
  onEnd(message: EndMessage): void
  onGone(end: WorkerEnd): void
}
