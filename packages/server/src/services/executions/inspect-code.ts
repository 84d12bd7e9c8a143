import { createHash } from 'node:crypto'
import type { CodeNeeds } from 'agentchat-sandbox'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import type { ToolPermissions } from '../sandbox-set.ts'

/** Code that is to be read, and what it would be granted. */
export interface CodeToInspect {
  readonly code: string
  readonly permissions: ToolPermissions
  readonly signal: AbortSignal
}

/**
 * Says what code seems to need, without running it. It takes a worker and counts as the begin of an execution, and nothing
 * is kept of it but its entry in the audit.
 * @throws QuotaExceededError, OverloadedError, and what getting a worker throws
 */
export async function inspectCode(
  context: ServiceContext,
  actor: Actor,
  { code, permissions, signal }: CodeToInspect,
): Promise<CodeNeeds> {
  demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
  const codeSha256 = createHash('sha256').update(code).digest('hex')
  const deed: Deed = { action: 'execution.inspect', resourceId: null, detail: { codeSha256 } }
  return await audited(context, { who: actor, deed }, async () => {
    using _begun = context.runs.begin()
    await context.quotas.begin(quotaHolders(context, actor))
    using _place = await context.places.take(actor.userId, signal)
    using held = context.sandboxes.hold(permissions)
    return await held.sandbox.inspect(code, { signal: AbortSignal.any([signal, context.runs.signal]) })
  })
}
