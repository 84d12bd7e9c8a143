import { SandboxError, SessionStoreError, type SessionStoreFailure } from '../errors/errors.ts'

/**
 * Has a store do something. It may be somebody else's: what it throws becomes an error of ours.
 * @throws SessionStoreError, and what of ours the store throws
 */
export async function askStore<Value>(
  operation: SessionStoreFailure['operation'],
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SandboxError) throw cause
    throw new SessionStoreError({ operation, folder: null, isFull: false }, { cause })
  }
}
