import type { PythonRunner, Tool } from 'agentchat-sandbox'
import { type AgentEvent, type AgentResult, type ChatModel, streamAgent } from 'agentchat-sandbox-agent'
import { type AgentRunEnd, type AgentRunRow, endAgentRun } from '../../db/queries/agent-runs.ts'
import { loggable } from '../../logger.ts'
import { endOfDeed, type OpenDeed } from '../audit/deed-record.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { patiently } from '../patiently.ts'
import type { AgentRunResult } from './agent-run-events.ts'
import type { GrantedLimits } from './agent-run-request.ts'
import type { KeptPython } from './kept-session.ts'
import { type LiveAgentRun, tell } from './live-agent-run.ts'
import { shownEvent } from './show-event.ts'
import type { StepRecorder } from './step-recorder.ts'

/** A run in progress, and what has to be closed with it. */
export interface AgentRunInProgress {
  readonly run: LiveAgentRun
  readonly row: AgentRunRow
  readonly deed: OpenDeed
  readonly recorder: StepRecorder
  readonly model: ChatModel
  readonly runner: PythonRunner
  readonly session: KeptPython
  /** What the model is told to do. */
  readonly task: string
  readonly tools: readonly Tool[]
  readonly limits: GrantedLimits
  /** So many steps are those of an earlier run. */
  readonly replayed: number
  /** What the quotas leave it. */
  readonly tokensLeft: number
  readonly holders: readonly QuotaHolder[]
  /** Gives back what the run has taken but its session. */
  release(): void
}

/** Runs the agent, passes on what happens, and records its end. Never rejects. */
export async function runAgentToEnd(context: ServiceContext, progress: AgentRunInProgress): Promise<void> {
  const { run, recorder, session } = progress
  let end: Ending
  try {
    end = await loop(progress, context.sandboxes.packages)
    await recorder.end()
  } catch (error) {
    context.logger.warn({ agentRun: run.id, error: loggable(error) }, 'agent-run.failed')
    const problem = 'Cannot go on with it: an error of the service, which is in its log'
    await recorder.end().catch(() => {})
    end = { status: 'failed', problem, result: null }
  }
  try {
    await session.close()
  } catch (error) {
    context.logger.error({ agentRun: run.id, error: loggable(error) }, 'agent-run.not-put-away')
  }
  await finish(context, progress, end)
}

/** The loop takes no more. */
const MOST_STEPS = 1000
const MOST_PACKAGES = 200

interface Ending extends Pick<AgentRunEnd, 'status' | 'problem'> {
  readonly result: AgentRunResult | null
}

async function loop(progress: AgentRunInProgress, packages: readonly string[]): Promise<Ending> {
  const { run, recorder, model, runner, task, tools, limits, replayed, tokensLeft } = progress
  const { maxSteps, maxSeconds, stepSeconds } = limits
  const maxTokens = Math.min(limits.maxTokens ?? tokensLeft, tokensLeft)
  const events = streamAgent({
    ...{
      model,
      session: runner,
      task,
      tools,
      packages: packages.slice(0, MOST_PACKAGES),
      signal: run.signal,
    },
    limits: {
      ...{ maxSteps: Math.min(MOST_STEPS, maxSteps + replayed), maxSeconds },
      ...(Number.isFinite(maxTokens) ? { maxTokens } : {}),
      ...(stepSeconds === null ? {} : { stepSeconds }),
    },
  })
  for await (const event of events) {
    if (event.type === 'finished') return endingOf(run, event.result)
    take(event, { run, recorder })
  }
  throw new TypeError('Cannot end the run: its events had no end')
}

function take(
  event: Exclude<AgentEvent, { readonly type: 'finished' }>,
  { run, recorder }: Pick<AgentRunInProgress, 'run' | 'recorder'>,
): void {
  const shown = shownEvent(event, recorder.executionId)
  if (event.type === 'code') recorder.note({ code: event.code })
  if (event.type === 'execution') noteCall(recorder, event.event)
  if (event.type === 'observation') {
    recorder.note({ observation: event.text })
    recorder.write()
  }
  if (shown !== null) tell(run, shown)
}

function noteCall(
  recorder: StepRecorder,
  event: Extract<AgentEvent, { readonly type: 'execution' }>['event'],
): void {
  if (event.type === 'tool-call') recorder.called(event.id, event.arguments)
  if (event.type !== 'tool-result') return
  const { id, name, ok } = event
  recorder.returned(id, { name, ok, result: event.ok ? event.result : event.error })
}

function endingOf(run: LiveAgentRun, { end, answer, problem, usage, seconds, steps }: AgentResult): Ending {
  const step = Math.max(1, steps.length)
  if (end === 'answered') tell(run, { type: 'answer', step, answer })
  // In this order: `agentTokensSince` reads the end.
  const result = { answer, usage, seconds }
  if (run.stopped === 'interrupted' && end !== 'answered')
    return { status: 'interrupted', problem: 'The service ended while it ran', result }
  return { status: end, problem, result }
}

async function finish(
  context: ServiceContext,
  { run, deed, holders, recorder, release }: AgentRunInProgress,
  { status, problem, result }: Ending,
): Promise<void> {
  const text = result === null ? null : JSON.stringify(result)
  const recordBytes = Buffer.byteLength(`${text ?? ''}${problem ?? ''}`)
  const { inputTokens = 0, outputTokens = 0 } = result?.usage ?? {}
  context.agentTokens.spend(holders, inputTokens + outputTokens)
  try {
    const end = { status, problem, result: text, recordBytes }
    const event = endOfDeed(deed, { outcome: outcomeOf(status) })
    const row = await patiently(
      context,
      () => endAgentRun(context.db, run.id, { end, event }),
      (error) => run.fail(error),
    )
    release()
    context.auditLog.nudge()
    context.logger.info({ agentRun: run.id, status }, 'agent-run.finished')
    context.metrics.add('agent_runs_total', { outcome: status })
    context.metrics.add('agent_steps_total', {}, recorder.step)
    if (row === null) {
      run.fail(new NotFoundError('agent run', run.id))
      return
    }
    const { answer = null, usage = null, seconds = 0 } = result ?? {}
    tell(run, { type: 'finished', status, answer, problem, usage, seconds, steps: recorder.step })
    run.finish(row)
  } catch (error) {
    release()
    context.logger.error({ agentRun: run.id, error: loggable(error) }, 'agent-run.end-not-recorded')
    run.fail(error)
  }
}

function outcomeOf(status: AgentRunRow['status']): 'success' | 'interrupted' | 'error' {
  if (status === 'answered') return 'success'
  return status === 'interrupted' ? 'interrupted' : 'error'
}
