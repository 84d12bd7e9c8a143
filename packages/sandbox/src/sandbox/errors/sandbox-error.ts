/** Every code that an error of this library can carry. A map over it is total, or it does not compile. */
export type SandboxErrorCode =
  | 'invalid-options'
  | 'deno-not-found'
  | 'deno-unsuitable'
  | 'cache-unwritable'
  | 'image-build-failed'
  | 'image-unknown'
  | 'package-unavailable'
  | 'isolation-unavailable'
  | 'worker-start-failed'
  | 'queue-full'
  | 'sandbox-closed'
  | 'unsupported'
  | 'file-input'
  | 'file-unavailable'
  | 'workspace-file'
  | 'session-refused'
  | 'session-key-unusable'
  | 'session-store-failed'
  | 'session-not-saved'
  | 'session-not-woken'
  | 'session-closed'
  | 'session-unknown'
  | 'session-exists'
  | 'session-in-use'

/**
 * What we failed to do. What Python did wrong is never thrown: it is the `error` of a result.
 * @see CodeExecutionResult
 */
export abstract class SandboxError extends Error {
  abstract readonly code: SandboxErrorCode
  override get name(): string {
    return this.constructor.name
  }
}
