import type { ModelRow } from '../../db/queries/models.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError } from '../errors.ts'
import { fileFacts, type RunFiles } from '../executions/run-request.ts'
import { modelOf } from '../models/model-content.ts'

/** The most that a run may take; what is left out is as the model has it. */
export interface AgentRunLimits {
  readonly maxSteps?: number | undefined
  readonly maxSeconds?: number | undefined
  readonly maxTokens?: number | undefined
  /** Of one piece of code. */
  readonly stepSeconds?: number | undefined
  /** How long a call waits for its approval. */
  readonly approveSeconds?: number | undefined
}

/** A stored tool that the code may call. */
export interface WantedTool {
  /** Its name or its identifier. */
  readonly tool: string
  /** Is somebody to be asked before each call? */
  readonly approve: boolean
}

/** Where a run goes on from: an earlier one, after its step of this number. */
export interface BranchPoint {
  readonly run: string
  readonly step: number
}

/** One run of an agent that is wanted. */
export interface AgentRunRequest {
  readonly task: string
  readonly tools?: readonly WantedTool[] | undefined
  /** Its name or its identifier. */
  readonly model?: string | undefined
  readonly files?: RunFiles | undefined
  /** The session that its code is to run in; without it in one that is there for this run alone. */
  readonly sessionId?: string | undefined
  readonly limits?: AgentRunLimits | undefined
  /** The earlier run whose first steps this one begins with. */
  readonly from?: BranchPoint | undefined
  /** Two requests with the same key are one. */
  readonly idempotencyKey?: string | undefined
}

/** What a run gets, as it is recorded. */
export interface GrantedLimits {
  readonly maxSteps: number
  readonly maxSeconds: number
  readonly maxTokens: number | null
  readonly stepSeconds: number | null
  readonly approveSeconds: number
}

const APPROVE_SECONDS = 300

/** What was asked for within what the model and the service give. @throws InvalidRequestError naming each limit that is too high */
export function grantedLimits(
  { policy }: Pick<ServiceContext, 'policy'>,
  model: ModelRow,
  asked: AgentRunLimits = {},
): GrantedLimits {
  const { maxSteps, maxSeconds, maxTokens } = modelOf(model).limits
  const most = { maxSteps, maxSeconds, maxTokens, stepSeconds: policy.maxTimeoutSeconds }
  const problems = Object.entries(most).flatMap(([name, limit]) => {
    const value = asked[name as keyof typeof most]
    if (value === undefined || limit === null || value <= limit) return []
    return [{ path: `limits.${name}`, problem: `at most ${limit} here, got ${value}` }]
  })
  if (problems.length > 0) throw new InvalidRequestError(problems)
  return {
    maxSteps: asked.maxSteps ?? maxSteps,
    maxSeconds: asked.maxSeconds ?? maxSeconds,
    maxTokens: asked.maxTokens ?? maxTokens,
    stepSeconds: asked.stepSeconds ?? null,
    approveSeconds: asked.approveSeconds ?? APPROVE_SECONDS,
  }
}

/** A file as it is recorded: small ones with their contents, so that the run can be replayed. */
export interface RecordedInput {
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly base64: string | null
}

/** Of all files of a run together, in bytes. */
const MAX_RECORDED_FILES = 65_536

/** What is recorded of the files that go in. */
export function recordedInputs(files: RunFiles = {}): RecordedInput[] {
  const facts = fileFacts(files)
  const small = facts.reduce((sum, { size }) => sum + size, 0) <= MAX_RECORDED_FILES
  return facts.map(({ name, size, sha256 }) => {
    const content = files[name] ?? ''
    return { path: name, size, sha256, base64: small ? Buffer.from(content).toString('base64') : null }
  })
}

/** The task, and the files that are there for it. */
export function toldTask(task: string, files: readonly Pick<RecordedInput, 'path' | 'size'>[]): string {
  if (files.length === 0) return task
  const lines = files.map(({ path, size }) => `- ${path} (${size} bytes)`)
  return `${task}\n\nFiles in the working folder:\n${lines.join('\n')}`
}
