import type { SecretGrants } from '../secrets/secret-grants.ts'

/** The answer to a call: a value that JSON holds, and bytes. */
export interface CallAnswer {
  readonly value: unknown
  readonly data?: Uint8Array
}

/**
 * What the host does for Python in one field: connections, programs. Handlers parse what they are given with a schema of
 * their own, because the worker may have forged it; a ZodError ends the worker, a CallError becomes a Python exception.
 */
export interface HostService {
  readonly calls: Readonly<Record<string, (params: unknown, data: Uint8Array) => Promise<CallAnswer>>>
  /** An execution begins, with these secrets. */
  useSecrets?(secrets: SecretGrants): void
  /** Ends everything that it has open. What takes time is over when the promise is resolved. */
  close(): void | Promise<void>
}
