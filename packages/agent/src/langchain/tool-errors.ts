import { SandboxError, SessionRefusedError, SessionSaveError } from 'agentchat-sandbox'
import { SandboxStateError } from './session-codec.ts'
import { MissingStateError } from './session-state.ts'

/**
 * The code could not be run. The message is fit for a model, to which LangChain shows it; `cause` is what happened on the
 * host.
 */
export class SandboxToolError extends Error {
  override readonly name = 'SandboxToolError'
  /** The code of the error of the sandbox, or `unknown`. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** What is thrown in the place of `error`: an abort and errors about the state of the graph stay as they are. */
  static from(error: unknown): unknown {
    if (error instanceof MissingStateError || error instanceof SandboxStateError) return error
    if (error instanceof Error && error.name === 'AbortError') return error
    if (!(error instanceof SandboxError))
      return new SandboxToolError('unknown', 'Cannot run the code: the sandbox failed', { cause: error })
    return new SandboxToolError(error.code, `Cannot run the code: ${reasonOf(error)}`, { cause: error })
  }
}

/** Nothing of paths, addresses and versions of the host. */
function reasonOf(error: SandboxError): string {
  if (!(error instanceof SessionRefusedError)) return `the sandbox failed (${error.code})`
  const advice =
    error.reason === 'other-key'
      ? '; where another host reads the checkpoint, both need the same "sessionKey"'
      : ''
  return `the session in the state was refused (session-refused: ${error.reason})${advice}`
}

/** Why Python's state could not be kept, for the model. */
export function unkeptReason(error: unknown): string {
  const fixed = 'Python is as before this call'
  if (error instanceof SessionSaveError)
    return `${fixed}: ${error.obstacle.slice(0, 300)} cannot be kept from call to call`
  if (error instanceof SandboxStateError) return `${fixed}: its state is too large to be kept`
  return `${fixed}: its state could not be kept`
}
