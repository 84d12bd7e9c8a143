import type { createRouter } from './router.ts'
import { agentRunRoutes } from './routes/agent-runs.ts'
import { anomalyRoutes } from './routes/anomalies.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { batchRoutes } from './routes/batches.ts'
import { documentPreviewRoutes } from './routes/document-preview.ts'
import { executionFileRoutes } from './routes/execution-files.ts'
import { executionRoutes } from './routes/executions.ts'
import { frameRoutes } from './routes/frames.ts'
import { limitRoutes } from './routes/limits.ts'
import { machineRoutes } from './routes/machines.ts'
import { modelRoutes } from './routes/models.ts'
import { openIdRoutes } from './routes/open-id.ts'
import { operationRoutes } from './routes/operations.ts'
import { quotaRoutes } from './routes/quotas.ts'
import { secretRoutes } from './routes/secrets.ts'
import { sessionFileRoutes } from './routes/session-files.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { statsRoutes } from './routes/stats.ts'
import { toolRoutes } from './routes/tools.ts'
import { userRoutes } from './routes/users.ts'

/** What every resource stands below. */
export const BASE = '/api/v1'

/** Adds every operation of the service to a router, which may have rules of its own by then. */
export function addApiRoutes(app: ReturnType<typeof createRouter>) {
  return app
    .route('/', operationRoutes())
    .route('/', frameRoutes())
    .route(BASE, signInRoutes())
    .route(BASE, openIdRoutes())
    .route(BASE, userRoutes())
    .route(BASE, apiKeyRoutes())
    .route(BASE, documentPreviewRoutes())
    .route(BASE, toolRoutes())
    .route(BASE, executionRoutes())
    .route(BASE, executionFileRoutes())
    .route(BASE, batchRoutes())
    .route(BASE, sessionRoutes())
    .route(BASE, sessionFileRoutes())
    .route(BASE, secretRoutes())
    .route(BASE, agentRunRoutes())
    .route(BASE, modelRoutes())
    .route(BASE, auditRoutes())
    .route(BASE, statsRoutes())
    .route(BASE, anomalyRoutes())
    .route(BASE, limitRoutes())
    .route(BASE, machineRoutes())
    .route(BASE, quotaRoutes())
}

/** The type of the service, which the client is made from. */
export type App = ReturnType<typeof addApiRoutes>
