import { serviceLimits } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { type QuotaHolder, SERVICE } from '../executions/quotas.ts'
import { holdersOf } from '../sessions/session-lease.ts'

/** For whom a tool counts, how many there may be, and how many versions of each are kept. */
export interface ToolRoom {
  readonly holders: readonly QuotaHolder[]
  readonly tools: number
  readonly versions: number
}

/** The room for tools of an owner; those of the system, whose owner is empty, are bounded by the service alone. */
export async function toolRoomOf(context: ServiceContext, ownerId: string): Promise<ToolRoom> {
  const { policy } = context
  if (ownerId === '') {
    const holders = [{ kind: 'service', id: SERVICE, limits: serviceLimits(policy) } as const]
    return { holders, tools: Number.POSITIVE_INFINITY, versions: policy.quotas.toolVersions }
  }
  const { holders } = await holdersOf(context, { userId: ownerId, apiKeyId: null })
  const limits = holders.find(({ kind }) => kind === 'user')?.limits ?? policy.quotas
  return { holders, tools: limits.tools, versions: limits.toolVersions }
}

/**
 * Saves something of so many bytes, which count from then on when `work` gives something.
 * @throws QuotaExceededError
 */
export async function counting<Value>(
  { quotas }: ServiceContext,
  { holders, bytes }: { readonly holders: readonly QuotaHolder[]; readonly bytes: number },
  work: () => Promise<Value | null>,
): Promise<Value | null> {
  const full = await quotas.keep(holders, bytes)
  if (full !== null) throw full
  let saved: Value | null = null
  try {
    saved = await work()
  } finally {
    if (saved === null) quotas.unkeep(holders, bytes)
  }
  return saved
}
