import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { FileKeeper } from '../execution/file-keeper.ts'
import type { ImportPackages } from '../execution/on-demand/import-packages.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import type { RecipeWheel } from '../packages/wheel-file.ts'
import type { LiveLeases } from '../workers/live-leases.ts'
import type { Checkpoints } from './good-states.ts'
import type { StateLimits } from './live-worker.ts'
import type { SaveRecord } from './save-record.ts'

/** Finds wheels for packages that are asked for, beside those that are present, by name. @throws PackageError */
export type FindWheels = (
  requirements: readonly string[],
  present: ReadonlyMap<string, string>,
  signal: AbortSignal,
) => Promise<readonly RecipeWheel[]>

/** What the life of a session needs of its sandbox. */
export interface LifeParts {
  readonly leases: LiveLeases
  readonly limits: StateLimits
  readonly idleSeconds: number
  readonly checkpoints: Checkpoints
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
  /** Whose it is and where it is kept. */
  readonly record: SaveRecord
  request(code: string, options: ExecutionOptions): ExecutionRequest
  findWheels: FindWheels
  /** Gets packages for what code imports. */
  readonly imports: ImportPackages
}

/** When an execution was asked for, and what has come in between. */
export interface Since {
  readonly asked: number
  readonly queueMs: number
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal
  /** Why an earlier worker could not begin with it, or null. */
  readonly died: string | null
}
