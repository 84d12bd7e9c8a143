import type { ServiceContext } from '../context.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { holdersOf } from '../sessions/session-lease.ts'

/** For whom a tool counts, how many there may be, and how many versions of each are kept. */
export interface ToolRoom {
  readonly holders: readonly QuotaHolder[]
  readonly tools: number
  readonly versions: number
}

/** The room for tools of an owner; those of the system, whose owner is empty, are bounded by what all may keep together. */
export async function toolRoomOf(context: ServiceContext, ownerId: string): Promise<ToolRoom> {
  const { policy } = context
  if (ownerId === '') {
    const limits = { ...policy.quotas, storageBytes: Number.POSITIVE_INFINITY }
    const holders = [{ kind: 'user', id: ownerId, limits } as const]
    return { holders, tools: Number.POSITIVE_INFINITY, versions: policy.quotas.toolVersions }
  }
  const { holders } = await holdersOf(context, { userId: ownerId, apiKeyId: null })
  const limits = holders.find(({ kind }) => kind === 'user')?.limits ?? policy.quotas
  return { holders, tools: limits.tools, versions: limits.toolVersions }
}

/** Refuses to save something of so many bytes for which there is no room. @throws QuotaExceededError */
export async function demandToolRoom(
  { quotas }: ServiceContext,
  { holders }: ToolRoom,
  bytes: number,
): Promise<void> {
  const full = await quotas.refusalOf(holders, bytes)
  if (full !== null) throw full
}
