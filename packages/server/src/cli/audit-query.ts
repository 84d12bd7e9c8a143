import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { z } from 'zod'
import { listDeeds } from '../db/queries/audit.ts'
import { readLeaf } from '../services/audit/audit-event.ts'
import { auditConfig, openAuditDatabase } from './audit-database.ts'
import type { AuditQueryFlags } from './audit-flags.ts'

const PAGE = 500

const moment = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text))
const filterSchema = z.object({
  outcome: z.enum(['open', 'success', 'error', 'refused', 'interrupted']).optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .default(100),
})

/** Prints deeds, newest first; gives the exit code. */
export async function auditQuery(flags: AuditQueryFlags): Promise<number> {
  const parsed = filterSchema.safeParse(flags)
  if (!parsed.success) {
    const [{ path = [], message = '' } = {}] = parsed.error.issues
    throw new UsageError(`--${path.join('.')}: ${message}`)
  }
  const { limit, ...rest } = parsed.data
  const filter = {
    ...rest,
    actorId: flags.actor,
    action: flags.action,
    resourceId: flags.resource,
    text: flags.text,
  }
  await using database = await openAuditDatabase(auditConfig(flags))
  let [left, before]: [number, string | undefined] = [limit, undefined]
  do {
    const { items, next } = await listDeeds(database.db, filter, { limit: Math.min(left, PAGE), before })
    for (const { index, outcome, leaf } of items) {
      const {
        salt: _,
        v: __,
        ...event
      } = readLeaf(leaf) as ReturnType<typeof readLeaf> & Record<'salt' | 'v', unknown>
      process.stdout.write(`${JSON.stringify({ index, ...event, outcome: outcome ?? 'open' })}\n`)
    }
    left -= items.length
    before = next ?? undefined
  } while (left > 0 && before !== undefined)
  return EXIT_SUCCESS
}
