import { SessionWakeError } from '../errors/errors.ts'
import type { LeaseHolder } from '../workers/live-leases.ts'
import type { GoodStates } from './good-states.ts'
import { LiveWorker } from './live-worker.ts'
import type { LifeParts } from './session-parts.ts'

/** A session that needs a worker, and what of it is kept. */
interface Sleeping extends LeaseHolder {
  readonly parts: Pick<LifeParts, 'leases' | 'limits'>
  readonly states: Pick<GoodStates, 'last'>
}

/**
 * Waits for a worker that has become the session. One that ends meanwhile is replaced, once: the machine may have been the
 * cause, and not the session. Rejects with the reason of the signal when that is aborted first.
 * @throws SessionWakeError
 */
export async function wokenWorker(sleeping: Sleeping, signal: AbortSignal): Promise<LiveWorker> {
  try {
    return await wokenOnce(sleeping, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof SessionWakeError && error.workerEnded)) throw error
    return await wokenOnce(sleeping, signal)
  }
}

async function wokenOnce(sleeping: Sleeping, signal: AbortSignal): Promise<LiveWorker> {
  const { leases, limits } = sleeping.parts
  const lease = await leases.lease(sleeping, signal)
  try {
    return await LiveWorker.begin(lease, sleeping.states.last, limits, signal)
  } catch (error) {
    lease[Symbol.dispose]()
    throw signal.aborted ? signal.reason : error
  }
}
