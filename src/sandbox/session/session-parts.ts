import type { ExecutionOptions } from '../execution-options.ts'
import type { FileKeeper } from '../files/file-keeper.ts'
import type { ExecutionRequest } from '../request.ts'
import type { GoodState } from './good-states.ts'
import type { SealedSession } from './seal.ts'
import type { SandboxSession } from './session.ts'
import type { SessionLimits } from './session-state.ts'
import type { SessionWorkers } from './session-workers.ts'

/** What a session needs of its sandbox. */
export interface SessionParts {
  readonly workers: SessionWorkers
  readonly limits: SessionLimits
  readonly idleSeconds: number
  readonly checkpoints: boolean
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
  request(code: string, options: ExecutionOptions): ExecutionRequest
  /** Seals a state; `history` says how many saves came before. */
  seal(state: NonNullable<GoodState>): Promise<SealedSession>
  /** The same for a session that goes its own way. */
  fork(state: GoodState, history: readonly GoodState[]): SandboxSession
  /** What the session begins with; its bytes are opened here. */
  open(): Promise<GoodState>
  closed(session: SandboxSession): void
}

/** When an execution was asked for, and what has come in between. */
export interface Since {
  readonly asked: number
  readonly queueMs: number
  /** Why an earlier worker could not begin with it, or null. */
  readonly died: string | null
}
