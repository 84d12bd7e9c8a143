import type { createRouter } from './router.ts'
import { agentRunRoutes } from './routes/agent-runs.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { executionFileRoutes } from './routes/execution-files.ts'
import { executionRoutes } from './routes/executions.ts'
import { modelRoutes } from './routes/models.ts'
import { openIdRoutes } from './routes/open-id.ts'
import { operationRoutes } from './routes/operations.ts'
import { sessionFileRoutes } from './routes/session-files.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { toolRoutes } from './routes/tools.ts'
import { userRoutes } from './routes/users.ts'

/** What every resource stands below. */
export const BASE = '/api/v1'

/** Adds every operation of the service to a router, which may have rules of its own by then. */
export function addApiRoutes(app: ReturnType<typeof createRouter>) {
  return app
    .route('/', operationRoutes())
    .route(BASE, signInRoutes())
    .route(BASE, openIdRoutes())
    .route(BASE, userRoutes())
    .route(BASE, apiKeyRoutes())
    .route(BASE, toolRoutes())
    .route(BASE, executionRoutes())
    .route(BASE, executionFileRoutes())
    .route(BASE, sessionRoutes())
    .route(BASE, sessionFileRoutes())
    .route(BASE, agentRunRoutes())
    .route(BASE, modelRoutes())
    .route(BASE, auditRoutes())
}

/** The type of the service, which the client is made from. */
export type App = ReturnType<typeof addApiRoutes>
