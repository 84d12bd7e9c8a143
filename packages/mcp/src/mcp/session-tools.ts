import type { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { sessionHandle } from './run-tools.ts'
import { ADDS, DESTROYS, READS, type ServerParts } from './server-parts.ts'
import { asOutcome, structured } from './told.ts'

const sessionSchema = z.object({
  handle: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  live: z.boolean(),
})

/** Adds `create_session`, `list_sessions` and `reset_session`. */
export function addSessionTools(server: McpServer, parts: ServerParts): void {
  const { sessions, facts } = parts.host
  server.registerTool(
    'create_session',
    {
      title: 'New session',
      description: `Makes a Python session and gives its handle, which run_python and the tools for files take. Sessions are kept ${facts.retention}.`,
      inputSchema: z.strictObject({}),
      outputSchema: sessionSchema,
      annotations: ADDS,
    },
    () => asOutcome(parts, async () => structured({ ...(await sessions.create()) })),
  )
  server.registerTool(
    'list_sessions',
    {
      title: 'Sessions',
      description: 'Lists your sessions with their handles.',
      inputSchema: z.strictObject({}),
      outputSchema: z.object({ sessions: z.array(sessionSchema) }),
      annotations: READS,
    },
    () => asOutcome(parts, async () => structured({ sessions: await sessions.list() })),
  )
  server.registerTool(
    'reset_session',
    {
      title: 'Reset a session',
      description:
        'Forgets the variables and files of a session. It goes on under the handle that this gives.',
      inputSchema: z.strictObject({ session: sessionHandle }),
      outputSchema: sessionSchema,
      annotations: DESTROYS,
    },
    ({ session = null }) => asOutcome(parts, async () => structured({ ...(await sessions.reset(session)) })),
  )
}
