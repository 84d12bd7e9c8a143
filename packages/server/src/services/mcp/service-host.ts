import type { HostFacts, PythonHost, PythonRun } from 'agentchat-sandbox-mcp'
import type { ServiceContext } from '../context.ts'
import { readExecution } from '../executions/executions.ts'
import { startExecution } from '../executions/start-execution.ts'
import { demandSession } from '../sessions/sessions.ts'
import { toServiceError } from '../to-service-error.ts'
import type { ActorNow } from './caller.ts'
import { offeredTools } from './offered-tools.ts'
import { ServiceRun } from './service-run.ts'
import { serviceSessions } from './service-sessions.ts'

/**
 * Python for one caller of the Model Context Protocol: each run is an execution, each session one of the service, each
 * stored tool is called as over HTTP, with the same permission checks, quotas, records and audit.
 */
export function serviceHost(context: ServiceContext, actor: ActorNow): PythonHost {
  return {
    facts: factsOf(context),
    sessions: serviceSessions(context, actor),
    async begin({ code, session, timeoutSeconds, stdin }): Promise<PythonRun> {
      const row =
        session === null
          ? undefined
          : await demandSession(context, actor(), { id: session, action: 'execute' })
      const options = { timeoutSeconds, stdin }
      const started = await startExecution(context, actor(), { code, options, session: row })
      // It goes on when the call has been answered; who takes the call back cancels it.
      started.run?.detach()
      return new ServiceRun(context, actor, started)
    },
    async run(handle): Promise<PythonRun> {
      const row = await readExecution(context, actor(), handle)
      return new ServiceRun(context, actor, { row, run: context.runs.find(handle) })
    },
    isRun: (handle) => handle.startsWith('exe_'),
    reasonOf: (error) => toServiceError(error)?.message ?? null,
    storedTools: () => offeredTools(context, actor),
  }
}

function factsOf({ policy, sandboxes }: ServiceContext): HostFacts {
  return {
    timeoutSeconds: policy.maxTimeoutSeconds,
    memoryMb: policy.maxMemoryMb,
    packages: sandboxes.packages,
    autoInstall: false,
    granted: [],
    hasDefaultSession: false,
    retention: `on the server: sessions until they are deleted, runs for ${policy.keepExecutionsDays} days, their files for ${policy.keepFilesHours} hours`,
  }
}
