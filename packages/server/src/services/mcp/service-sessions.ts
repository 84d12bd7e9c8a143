import type { PythonSessions, SessionInfo } from 'agentchat-sandbox-mcp'
import type { ServiceContext } from '../context.ts'
import { strictest } from '../executions/redaction-policy.ts'
import { createSession } from '../sessions/create-session.ts'
import { removeSession } from '../sessions/remove-session.ts'
import { listSessionFiles, readSessionFile, writeSessionFile } from '../sessions/session-files.ts'
import { demandSession, querySessions, type SessionSummary, whereIs } from '../sessions/sessions.ts'
import { beginningOf } from './beginning-of.ts'
import { type ActorNow, namedSession } from './caller.ts'

/** As many as are told; there may be more, which are as good. */
const MOST_LISTED = 100

/** The sessions of a user of the service, for the Model Context Protocol. */
export function serviceSessions(context: ServiceContext, actor: ActorNow): PythonSessions {
  const infoOf = (row: SessionSummary): SessionInfo => ({
    handle: row.id,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    live: whereIs(context, row) === 'live',
  })
  return {
    create: async () => infoOf(await createSession(context, actor(), {})),
    async list() {
      const { items } = await querySessions(context, actor(), { all: false, page: { limit: MOST_LISTED } })
      return items.map(infoOf)
    },
    async reset(handle) {
      const id = namedSession(handle)
      // What it is called goes on, and no less is taken out of what comes back.
      const { name, redaction } = await demandSession(context, actor(), { id, action: 'delete' })
      await removeSession(context, actor(), id)
      const stricter = redaction && strictest(redaction, context.policy.redaction)
      return infoOf(await createSession(context, actor(), { name, redaction: stricter }))
    },
    async listFiles(handle, path) {
      const files = await listSessionFiles(context, actor(), { id: namedSession(handle), path })
      return files.map(({ name, type, size }) => ({ name, type, size }))
    },
    async readFile(handle, path, maxBytes) {
      const file = await readSessionFile(context, actor(), { id: namedSession(handle), path })
      return await beginningOf(file, maxBytes)
    },
    async writeFile(handle, path, bytes) {
      await writeSessionFile(context, actor(), { id: namedSession(handle), path, bytes })
    },
  }
}
