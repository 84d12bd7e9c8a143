/** Why the host did not do what Python asked for. Crosses to the worker, which makes a Python exception of it. */
export class CallError extends Error {
  override name = 'CallError'
  /** `denied` (PermissionError), `timeout`, `resolve`, `tls`, `tls-verify`, or a name of an errno such as `ECONNREFUSED`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const ERRNO = /^E[A-Z\d]{2,20}$/

/** An error of Node's with the name of its errno; anything else, which is ours, as EIO without its text. */
export function callError(error: unknown): CallError {
  if (error instanceof CallError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!ERRNO.test(code) || !(error instanceof Error))
    return new CallError('EIO', 'the host failed', { cause: error })
  // The text of the system, without what Node adds to it ("connect ECONNREFUSED 10.0.0.1:80").
  return new CallError(code, error.message.slice(0, 500), { cause: error })
}
