import { body, good, service } from './client.ts'
import { mostItems } from './every-item.ts'
import { ServiceProblem } from './problem.ts'

export type AuditQuery = NonNullable<NonNullable<Parameters<typeof service.audit.$get>[0]>['query']>

/** Some entries of the audit, the newest first. */
export const listAudit = async (query: AuditQuery) => await body(service.audit.$get({ query }))

export type AuditEntry = Awaited<ReturnType<typeof listAudit>>['items'][number]

/** What is put into one file; the whole log is the service's to export. */
export const MOST_FOUND = 10_000

/** The entries that are like a query, the newest first, and whether there are more than a file takes. */
export const foundAudit = async (query: AuditQuery) =>
  await mostItems((wish) => listAudit({ ...query, ...wish }), MOST_FOUND)

/** The entries of one execution; one of a tool stands under the tool. */
export async function auditOf(resourceId: string, executionId: string): Promise<readonly AuditEntry[]> {
  const { items } = await listAudit({ resourceId, limit: 50 })
  return items.filter((entry) => entry.resourceId === executionId || entry.detail.executionId === executionId)
}

/** Builds the tree of the log anew, and holds it against its signed head. */
export const verifyAudit = async () => await body(service.audit.verify.$post({ query: {} }))

export type AuditReport = Awaited<ReturnType<typeof verifyAudit>>

const TRIES = 20
const PAUSE_MS = 500

/** The proof that a run is in the log, as a text; a run that has just ended is in it a moment later. @throws ServiceProblem */
export async function readProof(executionId: string): Promise<string> {
  for (let left = TRIES; ; left -= 1) {
    try {
      const answer = await good<Response>(
        service.executions[':id'].proof.$get({ param: { id: executionId } }),
      )
      return await answer.text()
    } catch (error) {
      if (!(error instanceof ServiceProblem) || error.status !== 409 || left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
