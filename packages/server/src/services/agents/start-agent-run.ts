import type { Tool } from 'agentchat-sandbox'
import { openAiModel } from 'agentchat-sandbox-agent/openai'
import { newId } from '../../db/index.ts'
import { type AgentRunRow, findAgentRun } from '../../db/queries/agent-runs.ts'
import type { ModelRow } from '../../db/queries/models.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import { ATTRIBUTE, SPAN } from '../../tracing/span-names.ts'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { executorFor } from '../executions/start-execution.ts'
import { chooseModel } from '../models/choose-model.ts'
import { guardedFetch } from '../models/guarded-fetch.ts'
import { modelOf } from '../models/model-content.ts'
import { demandSession } from '../sessions/sessions.ts'
import { type AgentRunRequest, grantedLimits, recordedInputs, toldTask } from './agent-run-request.ts'
import type { AgentRunOptions, RecordedTool } from './agent-runs.ts'
import { agentTools } from './agent-tools.ts'
import { type Branch, branchedModel, branchedTool, branchOf } from './branch.ts'
import { type KeptPython, keptSession, ownSession } from './kept-session.ts'
import { type LiveAgentRun, liveAgentRun, tell } from './live-agent-run.ts'
import { machineSession } from './machine-session.ts'
import { recordStart } from './record-start.ts'
import { recordedModel } from './recorded-model.ts'
import { runAgentToEnd } from './run-agent-to-end.ts'
import { StepRecorder } from './step-recorder.ts'
import { stepRunner } from './step-runner.ts'
import { tracedModel } from './traced-model.ts'

/** A run that was started: with its live run where it is one of this service and not long over. */
export interface StartedAgentRun {
  readonly row: AgentRunRow
  readonly run: LiveAgentRun | null
}

/**
 * Records a run of an agent and starts it. It goes on by itself; its end is recorded whatever happens.
 * @throws NoModelError, InvalidRequestError, NotFoundError, QuotaExceededError, IdempotencyMismatchError
 */
export async function startAgentRun(
  context: ServiceContext,
  actor: Actor,
  wanted: AgentRunRequest,
): Promise<StartedAgentRun> {
  demand(actor, 'create', { resource: 'agent-run', id: '', ownership: 'own' })
  using _begun = context.agentRuns.begin()
  context.runs.demandOpen()
  context.disk.demandRoom()
  const { from } = wanted
  const branch =
    from === undefined ? null : await branchOf(context, actor, from, wanted.sessionId !== undefined)
  const request = { ...wanted, files: wanted.files ?? branch?.files }
  const model = await chooseModel(context, actor, request.model)
  const limits = grantedLimits(context, model, request.limits)
  const { sessionId } = request
  const kept =
    sessionId === undefined ? null : await demandSession(context, actor, { id: sessionId, action: 'execute' })
  const run = liveAgentRun(newId('agt'), actor.userId)
  const holders = quotaHolders(context, actor)
  const recorder = new StepRecorder(context, { runId: run.id, holders })
  const of = { run, approveSeconds: limits.approveSeconds, step: () => recorder.step }
  const offered = await agentTools(context, actor, { wanted: request.tools ?? [], of })
  const tools = branch === null ? offered : offered.map((tool) => branchedTool(tool, branch, of.step))
  const { id, name, model: called } = model
  const files = recordedInputs(request.files)
  const options = { model: { id, name, model: called }, tools: tools.map(recordedTool), limits, files, from }
  const planned: Planned = { request, branch, run, model, kept, holders, recorder, tools, options }
  return await begin(context, actor, planned)
}

/** A run that may begin. */
interface Planned {
  readonly request: AgentRunRequest
  readonly branch: Branch | null
  readonly run: LiveAgentRun
  readonly model: ModelRow
  readonly kept: SessionRow | null
  readonly holders: readonly QuotaHolder[]
  readonly recorder: StepRecorder
  readonly tools: readonly Tool[]
  readonly options: AgentRunOptions
}

async function begin(context: ServiceContext, actor: Actor, planned: Planned): Promise<StartedAgentRun> {
  const { request, branch, run, holders, options, recorder, kept, model, tools } = planned
  const tokensLeft = await context.agentTokens.room(holders)
  const recordBytes = Buffer.byteLength(JSON.stringify([request.task, options]))
  // A session is opened only for what may run then.
  await context.quotas.demandRoom(holders, { place: 'agentRuns', bytes: recordBytes }, true)
  let session: KeptPython | null = null
  try {
    session = await openSession(context, actor, { runId: run.id, kept })
    const recorded = await recordStart(context, actor, { ...planned, recordBytes })
    if ('runId' in recorded) throw new Repeated(recorded.runId)
    const { row, deed } = recorded
    const { userId, apiKeyId, role } = actor
    // What its tools may do hangs on the role too.
    const right = context.rights.hold({ userId, apiKeyId, role, end: () => run.stop('cancelled') })
    const noteExecution = (executionId: string) => recorder.note({ executionId })
    const steps = { runId: run.id, actor, session, row: kept, files: request.files, noteExecution }
    const release = () => right[Symbol.dispose]()
    tell(run, { type: 'started', model: model.name })
    const traced = tracedModel(chatModelOf(context, actor, model), context.tracer)
    const said = branch === null ? traced : branchedModel(traced, branch, () => recorder.step)
    const progress = {
      ...{ run, row, deed, recorder, tools, session, holders, release, tokensLeft, limits: options.limits },
      replayed: branch?.steps.length ?? 0,
      model: recordedModel(said, recorder, keyOf(context, model)),
      runner: stepRunner(context, steps),
      // It leaves for the endpoint of a model.
      task: context.listed.outOf(toldTask(request.task, options.files)),
    }
    const span = { name: SPAN.agent, attributes: { [ATTRIBUTE.agentRun]: run.id } }
    const work = context.tracer.within(span, () => runAgentToEnd(context, progress))
    context.agentRuns.add(run, work)
    return { row, run }
  } catch (error) {
    await session?.close()
    if (error instanceof Repeated) return await repeatedOf(context, error.runId)
    throw error
  }
}

/** An earlier request with the same key was this one. */
class Repeated extends Error {
  readonly runId: string
  constructor(runId: string) {
    super('It was begun before')
    this.runId = runId
  }
}

async function repeatedOf(context: ServiceContext, id: string): Promise<StartedAgentRun> {
  const row = await findAgentRun(context.db, id)
  if (row === null) throw new NotFoundError('agent-run', id)
  return { row, run: context.agentRuns.find(id) }
}

/** The session that the code runs in. It is opened now, so that what cannot be had is told at once. */
async function openSession(
  context: ServiceContext,
  actor: Actor,
  { runId, kept }: { readonly runId: string; readonly kept: SessionRow | null },
): Promise<KeptPython> {
  if (kept !== null) return await keptSession(context, actor, kept)
  if (context.machines !== null)
    return await machineSession(context, actor, { runId, machines: context.machines })
  const session = executorFor(context, actor, { lease: null, permissions: { allowNet: [] } }).session()
  try {
    await session.start()
    return ownSession(session)
  } catch (error) {
    await session.close()
    throw error
  }
}

function keyOf({ secrets }: ServiceContext, { id, apiKey }: ModelRow): string | null {
  return apiKey === null ? null : secrets.open(apiKey, id)
}

function chatModelOf(context: ServiceContext, { userId }: Actor, row: ModelRow) {
  const { baseUrl, model, parameters, takesImages, limits } = modelOf(row)
  return openAiModel({
    ...{ baseUrl, model, parameters, takesImages, timeoutSeconds: limits.timeoutSeconds },
    apiKey: keyOf(context, row) ?? undefined,
    fetch: guardedFetch(context.modelGuard, userId),
  })
}

function recordedTool({ name, description = '', parameters = {} }: Tool): RecordedTool {
  return { name, description, parameters }
}
