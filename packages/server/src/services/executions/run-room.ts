import type { ServiceContext } from '../context.ts'
import type { RunRoom } from './keep-files.ts'
import type { QuotaHolder } from './quotas.ts'

/** With less room than this it is asked for anew: others may have used it up meanwhile. */
const NEAR_BYTES = 64 * 2 ** 20

interface Admitted {
  readonly id: string
  /** For whom it counts. */
  readonly holders: () => Promise<readonly QuotaHolder[]>
  /** So many bytes were free when it was admitted; 0 where that is not known. */
  readonly known: number
}

/** The room for what comes of an execution. */
export function runRoom(
  { quotas }: Pick<ServiceContext, 'quotas'>,
  { id, holders, known }: Admitted,
): RunRoom {
  return {
    bytes: async () => (known >= NEAR_BYTES ? known : await quotas.roomOf(await holders())),
    reserve: async (bytes) =>
      (await quotas.reserve(await holders(), bytes, { executionId: id, moreFileBytes: bytes })) === null,
  }
}
