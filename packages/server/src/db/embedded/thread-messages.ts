import type { DatabaseSync } from './synced-folder.ts'

/** What a thread of the database is started with. */
export interface ThreadData {
  /** The files of PostgreSQL. */
  readonly folder: string
  readonly sync: DatabaseSync
  /** The packed files of an empty database, which a new one begins with. */
  readonly initial: string
}

/** What the thread is told: bytes of PostgreSQL's protocol, whole messages of it; or to close. */
export type ToThread = Uint8Array<ArrayBuffer> | 'close'

/** What the thread tells: bytes of the protocol; that it is open, or closed; or why it is neither. */
export type FromThread = Uint8Array<ArrayBuffer> | 'open' | 'closed' | ThreadFailure

/** An error on its way from the thread: a copy of an `Error` loses what it has beside its message. */
export interface ThreadFailure {
  readonly message: string
  readonly code?: string | undefined
  readonly errno?: number | undefined
  readonly syscall?: string | undefined
}

/** What there is to say of an error, which need not be an `Error`. */
export function failureOf(error: unknown): ThreadFailure {
  const facts: Partial<Record<'message' | 'code' | 'errno' | 'syscall', unknown>> =
    typeof error === 'object' && error !== null ? error : {}
  const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    message: textOf(facts.message) ?? 'the embedded database fails without saying why',
    code: textOf(facts.code),
    errno: typeof facts.errno === 'number' ? facts.errno : undefined,
    syscall: textOf(facts.syscall),
  }
}
