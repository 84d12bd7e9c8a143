import { SandboxError, SessionRefusedError, SessionWakeError, WorkspaceFileError } from 'agentchat-sandbox'
import { z } from 'zod'
import { InvalidRequestError, OverloadedError, UnavailableError } from '../services/errors.ts'
import {
  SessionNotSavedError,
  SessionUnusableError,
  sessionErrorOf,
} from '../services/sessions/session-errors.ts'

// What a machine could not do, in the terms of the library: its messages name folders of that machine.

export const failedSchema = z.strictObject({
  type: z.literal('failed'),
  code: z.string().max(100),
  problems: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
  /** The file that it is about. */
  path: z.string().max(5000).optional(),
  detail: z.string().max(1000).optional(),
})

/** What a machine could not do. */
export type Failure = z.infer<typeof failedSchema>

/** Writes what was thrown. */
export function failureOf(error: unknown): Failure {
  const failed = (code: string, facts: Partial<Failure> = {}): Failure => ({ type: 'failed', code, ...facts })
  if (error instanceof SessionNotSavedError) return failed(error.code, { detail: detailOf(error) })
  if (!(error instanceof SandboxError)) return failed('internal')
  if (error instanceof WorkspaceFileError)
    return failed(error.code, { path: error.path, detail: error.errno })
  if (error instanceof SessionRefusedError) return failed(error.code, { detail: error.reason })
  if (error instanceof SessionWakeError)
    return failed(error.code, { detail: error.workerEnded ? WORKER_ENDED : '' })
  const problems = 'problems' in error && Array.isArray(error.problems) ? error.problems.slice(0, 20) : []
  return failed(error.code, { problems })
}

const WORKER_ENDED = 'worker-ended'

/** What the sandbox on a machine threw, in the terms of the services. */
export function errorOf({ code, problems = [], path = '', detail = '' }: Failure): Error {
  if (code === 'queue-full') return new OverloadedError()
  if (code === 'invalid-options' && problems.length > 0) return new InvalidRequestError(problems)
  const cause = new Error(`the sandbox of the machine says: ${code}`)
  const unavailable = new UnavailableError('sandbox', { cause })
  if (code === 'session-not-saved') return new SessionNotSavedError(detail)
  if (code === 'session-not-woken')
    return detail === WORKER_ENDED ? unavailable : new SessionUnusableError('it does not wake up', { cause })
  if (code === 'workspace-file') return sessionErrorOf(new WorkspaceFileError(path, detail)) ?? unavailable
  if (code === 'session-refused')
    return sessionErrorOf(new SessionRefusedError(reasonOf(detail), detail)) ?? unavailable
  return unavailable
}

/** Those that users are told apart. */
function reasonOf(detail: string): SessionRefusedError['reason'] {
  const told = ['wrong-image', 'other-key', 'replayed', 'too-big'] as const
  return told.find((reason) => reason === detail) ?? 'damaged'
}

function detailOf({ message }: SessionNotSavedError): string {
  return message.replace(/^Cannot keep the session: /, '').slice(0, 1000)
}
