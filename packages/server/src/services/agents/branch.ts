import type { Tool } from 'agentchat-sandbox'
import type { ChatModel } from 'agentchat-sandbox-agent'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError } from '../errors.ts'
import type { RunFiles } from '../executions/run-request.ts'
import type { BranchPoint } from './agent-run-request.ts'
import { demandAgentRun, withSteps } from './agent-runs.ts'
import { recordedAnswers } from './recorded-answers.ts'
import type { RecordedStep } from './step-record.ts'

/** The steps of the earlier run that the new one begins with, and the files that went in. */
export interface Branch {
  readonly steps: readonly RecordedStep[]
  readonly files: RunFiles
}

/**
 * Reads the steps that a new run is to begin with.
 * @param isElsewhere does its code run in a session that the caller names?
 * @throws NotFoundError, and ConflictError where the record does not bring them about again
 */
export async function branchOf(
  context: ServiceContext,
  actor: Actor,
  { run: id, step }: BranchPoint,
  isElsewhere: boolean,
): Promise<Branch> {
  const row = await demandAgentRun(context, actor, { id, action: 'read' })
  const { steps, options, sessionId, status } = await withSteps(context, row)
  const refuse = (why: string): never => {
    throw new ConflictError(`Cannot go on from step ${step} of "${id}": ${why}`)
  }
  const kept = steps.slice(0, step)
  if (kept.length < step) refuse(`it has ${steps.length}`)
  if (step === steps.length && status === 'answered') refuse('it gave the answer; go on from an earlier one')
  const broken = kept.find(({ whole, failure }) => !whole || failure !== null)
  if (broken !== undefined) refuse(`step ${broken.step} is not whole in the record`)
  if (sessionId !== null && !isElsewhere)
    refuse(`its code ran in the session "${sessionId}"; name a session that is as that one was`)
  const files = options.files.map(({ path, base64 }) => {
    if (base64 === null) return refuse(`the file "${path}" is not in the record`)
    return [path, Buffer.from(base64, 'base64')] as const
  })
  return { steps: kept, files: Object.fromEntries(files) }
}

/** Says in the first steps what was said in those of the branch, for nothing; then it is the model. */
export function branchedModel(model: ChatModel, { steps }: Branch, step: () => number): ChatModel {
  return {
    takesImages: model.takesImages,
    async *stream(messages, options) {
      const turn = steps[step() - 1]
      if (turn === undefined) {
        yield* model.stream(messages, options)
        return
      }
      if (turn.text !== '') yield { type: 'text', text: turn.text }
      if (turn.cut) yield { type: 'cut' }
      yield { type: 'usage', inputTokens: 0, outputTokens: 0 }
    },
  }
}

/** In the first steps calls are given what they were given then: nothing is called, and nobody is asked. */
export function branchedTool(tool: Tool, { steps }: Branch, step: () => number): Tool {
  const { approve } = tool
  const isOver = () => step() > steps.length
  const recorded = recordedAnswers(tool.name, () => steps[step() - 1]?.calls ?? [])
  return {
    ...tool,
    execute: (args, context) => (isOver() ? tool.execute(args, context) : recorded(args, context)),
    ...(approve && { approve: (call, context) => (isOver() ? approve(call, context) : 'allow') }),
  }
}
