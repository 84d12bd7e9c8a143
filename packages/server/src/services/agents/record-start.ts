import { createHash } from 'node:crypto'
import type { Database } from '../../db/index.ts'
import { type AgentRunRow, recordAgentRun } from '../../db/queries/agent-runs.ts'
import { claimIdempotencyKey } from '../../db/queries/executions.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import { beginningOf, type OpenDeed } from '../audit/deed-record.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { IdempotencyMismatchError } from '../errors.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import type { AgentRunRequest } from './agent-run-request.ts'
import type { AgentRunOptions } from './agent-runs.ts'

/** A run that is about to begin. */
export interface AgentRecording {
  readonly request: AgentRunRequest
  readonly run: { readonly id: string }
  readonly kept: SessionRow | null
  readonly options: AgentRunOptions
  readonly recordBytes: number
  readonly holders: readonly QuotaHolder[]
}

/** What was recorded: a new run, or that an earlier request with the same key was this one. */
export type RecordedAgentRun =
  | { readonly row: AgentRunRow; readonly deed: OpenDeed }
  | { readonly runId: string }

/**
 * Admits the run, and writes it and the beginning of its deed: all of it or nothing.
 * @throws QuotaExceededError, IdempotencyMismatchError
 */
export async function recordStart(
  context: ServiceContext,
  actor: Actor,
  recording: AgentRecording,
): Promise<RecordedAgentRun> {
  if (recording.request.idempotencyKey === undefined)
    return await write(context, context.db, { actor, recording })
  return await context.db.transaction(async (tx) => {
    const earlier = await claim(tx, actor, recording)
    return earlier === null ? await write(context, tx, { actor, recording }) : { runId: earlier }
  })
}

async function write(
  context: ServiceContext,
  db: Database,
  { actor, recording }: { readonly actor: Actor; readonly recording: AgentRecording },
): Promise<RecordedAgentRun> {
  const { request, run, options, kept, recordBytes, holders } = recording
  const { userId, apiKeyId } = actor
  const tools = options.tools.map(({ name }) => name)
  const detail = { model: options.model.name, tools, ...(kept === null ? {} : { sessionId: kept.id }) }
  const deed: Deed = { action: 'agent-run.create', resourceId: run.id, detail }
  const { open, begin } = beginningOf(context, { who: actor, deed })
  const known = {
    ...{ id: run.id, userId, apiKeyId, sessionId: kept?.id ?? null, instance: context.instance },
    ...{ task: request.task, options, recordBytes },
  }
  const wanted = { place: 'agentRuns', bytes: recordBytes } as const
  const admitted = await context.quotas.admit(db, { holders, wanted }, (tx, demand) =>
    recordAgentRun(tx, { ...begin, run: known, demand }),
  )
  const createdAt = new Date(admitted.row.createdAt ?? Date.now())
  const row: AgentRunRow = {
    ...{ ...known, status: 'running', result: null, problem: null, steps: 0, createdAt, finishedAt: null },
  }
  return { row, deed: open }
}

async function claim(
  db: Database,
  { userId }: Actor,
  { request, run, options, kept }: AgentRecording,
): Promise<string | null> {
  const { idempotencyKey: key, task } = request
  if (key === undefined) return null
  const said = JSON.stringify([task, options, kept?.id])
  const requestHash = createHash('sha256').update(said).digest('hex')
  const earlier = await claimIdempotencyKey(db, { userId, key, requestHash, executionId: run.id })
  if (earlier === null) return null
  if (earlier.requestHash !== requestHash) throw new IdempotencyMismatchError(key)
  return earlier.executionId
}
