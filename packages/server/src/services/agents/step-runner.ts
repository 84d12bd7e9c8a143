import type {
  CodeExecutionResult,
  ExecutionEvent,
  ExecutionOptions,
  PythonRunner,
  Tool,
  ToolContext,
} from 'agentchat-sandbox'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import type { RunFiles } from '../executions/run-request.ts'
import { startExecution } from '../executions/start-execution.ts'
import type { KeptPython } from './kept-session.ts'

/** By which code gives its answer. */
const ANSWER = 'final_answer'

/** Where the code of a run is executed, and for whom. */
export interface StepsOfRun {
  readonly runId: string
  readonly actor: Actor
  readonly session: KeptPython
  /** The kept session that this is; null for one that is there for the run alone. */
  readonly row: SessionRow | null
  /** The first code finds them. */
  readonly files: RunFiles | undefined
  /** A step is this execution. */
  noteExecution(id: string): void
}

/**
 * Runs the code of an agent in its session. Each is an execution of the service: admitted, recorded, in the audit, and
 * listed with all others.
 */
export function stepRunner(context: ServiceContext, of: StepsOfRun): PythonRunner {
  let { files } = of
  return {
    stream: (code, options = {}) => {
      const first = files
      files = undefined
      return runStep(context, of, { code, options, files: first })
    },
  }
}

interface Step {
  readonly code: string
  readonly options: ExecutionOptions
  readonly files: RunFiles | undefined
}

async function* runStep(
  context: ServiceContext,
  { runId, actor, session, row, noteExecution }: StepsOfRun,
  { code, options: { tools = [], timeoutSeconds, signal }, files }: Step,
): AsyncGenerator<ExecutionEvent, void, void> {
  let whole: CodeExecutionResult | null = null
  let answering = false
  const offered = tools.map((tool) =>
    watched(tool, () => {
      answering = true
    }),
  )
  const runner = (executionId: string): PythonRunner => ({
    async *stream(text, own) {
      for await (const event of session.runner(executionId).stream(text, { ...own, tools: offered })) {
        if (event.type !== 'finished') yield event
        else {
          whole = answering ? ended(event.result) : event.result
          yield { type: 'finished', result: whole }
        }
      }
    },
  })
  const { run, row: execution } = await startExecution(context, actor, {
    ...{ code, options: { timeoutSeconds }, files, signal, runner, agentRunId: runId },
    session: row ?? undefined,
  })
  if (run === null) throw new TypeError('Cannot follow the step: it is of an earlier request')
  noteExecution(execution.id)
  // Nobody else waits for it.
  run.detach()
  try {
    for await (const { event } of run.follow(0)) if (event.type !== 'finished') yield event
    const { failure } = await run.ended
    if (whole === null) throw new Error(failure ?? 'it ended without a result')
    yield { type: 'finished', result: whole }
  } finally {
    if (!run.done) run.stop('cancelled')
  }
}

/** Tells when the code gives its answer, which ends it. */
function watched<Each extends Pick<Tool, 'name' | 'execute'>>(tool: Each, answered: () => void): Each {
  if (tool.name !== ANSWER) return tool
  return {
    ...tool,
    execute: (args: Parameters<Tool['execute']>[0], context: ToolContext) => {
      answered()
      return tool.execute(args, context)
    },
  }
}

/** The code was ended because it had given the answer: it was not cancelled. */
function ended(result: CodeExecutionResult): CodeExecutionResult {
  return result.error?.kind === 'cancelled' ? { ...result, status: 'success', error: null } : result
}
