import { createHash } from 'node:crypto'
import { type Database, newId } from '../../db/index.ts'
import { openAudit } from '../../db/queries/audit.ts'
import {
  claimIdempotencyKey,
  type ExecutionRow,
  findExecution,
  insertExecution,
} from '../../db/queries/executions.ts'
import type { JsonValue } from '../../sandbox/index.ts'
import { type Actor, demand } from '../actor.ts'
import { entryOf } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { IdempotencyMismatchError, InvalidRequestError, NotFoundError } from '../errors.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import { LiveRun } from './live-run.ts'
import { runToEnd } from './run-to-end.ts'

/** What an execution may ask for. */
export interface RunOptions {
  readonly timeoutSeconds?: number | undefined
  readonly cpuSeconds?: number | undefined
  readonly memoryLimitMb?: number | undefined
  readonly globals?: Readonly<Record<string, JsonValue>> | undefined
  readonly args?: readonly string[] | undefined
  readonly stdin?: string | undefined
}

/** One execution that is wanted. */
export interface RunRequest {
  readonly code: string
  readonly options: RunOptions
  /** The tool that it is of, which the actor may execute. */
  readonly tool?: { readonly id: string; readonly version: number; readonly permissions: ToolPermissions }
  /** Two requests with the same key are one. */
  readonly idempotencyKey?: string | undefined
}

/** An execution that was started: with its live run where it is one of this service and not long over. */
export interface Started {
  readonly row: ExecutionRow
  readonly run: LiveRun | null
  /** Was it started by an earlier request with the same idempotency key? */
  readonly repeated: boolean
}

/**
 * Records an execution and starts it. It goes on by itself; its end is recorded whatever happens.
 * @throws QuotaExceededError
 * @throws IdempotencyMismatchError
 */
export async function startExecution(
  context: ServiceContext,
  actor: Actor,
  request: RunRequest,
): Promise<Started> {
  if (request.tool === undefined) demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
  context.runs.demandOpen()
  const options = cappedOptions(context, request.options)
  const id = newId('exe')
  const admission = await context.quotas.admit(actor.userId)
  try {
    const recorded = await record(context, actor, { id, request, options })
    if ('executionId' in recorded) {
      admission.end(0)
      return await repeatedOf(context, recorded.executionId)
    }
    const run = new LiveRun(id, actor.userId)
    const executor = context.sandboxes.for(request.tool?.permissions ?? { allowNet: [] })
    const events = executor.stream(request.code, { ...options, signal: run.signal })
    const work = runToEnd(context, { run, events, auditId: recorded.auditId }).then((cpuMs) =>
      admission.end(cpuMs),
    )
    context.runs.add(run, work)
    return { row: recorded.row, run, repeated: false }
  } catch (error) {
    admission.end(0)
    throw error
  }
}

interface Recording {
  readonly id: string
  readonly request: RunRequest
  readonly options: object
}

/** Writes the execution and the open half of its audit entry, both or neither. */
async function record(
  context: ServiceContext,
  actor: Actor,
  { id, request, options }: Recording,
): Promise<{ row: ExecutionRow; auditId: string } | { executionId: string }> {
  return await context.db.transaction(async (tx) => {
    const earlier = await claim(tx, actor, { id, request, options })
    if (earlier !== null) return { executionId: earlier }
    const auditId = newId('aud')
    const action = request.tool === undefined ? 'execution.create' : 'tool.execute'
    const codeSha256 = createHash('sha256').update(request.code).digest('hex')
    const detail = { executionId: id, codeSha256, ...(request.tool && { toolVersion: request.tool.version }) }
    const deed = { action, resourceId: request.tool?.id ?? id, detail }
    await openAudit(tx, entryOf(context, auditId, { who: actor, deed }))
    const row = await insertExecution(tx, {
      ...{ id, options, code: request.code, instance: context.instance },
      ...{ userId: actor.userId, apiKeyId: actor.apiKeyId },
      toolId: request.tool?.id ?? null,
      toolVersion: request.tool?.version ?? null,
    })
    return { row, auditId }
  })
}

async function claim(
  db: Database,
  actor: Actor,
  { id, request, options }: Recording,
): Promise<string | null> {
  if (request.idempotencyKey === undefined) return null
  const key = request.idempotencyKey
  const said = JSON.stringify([request.code, options, request.tool?.id])
  const requestHash = createHash('sha256').update(said).digest('hex')
  const earlier = await claimIdempotencyKey(db, { userId: actor.userId, key, requestHash, executionId: id })
  if (earlier === null) return null
  if (earlier.requestHash !== requestHash) throw new IdempotencyMismatchError(key)
  return earlier.executionId
}

async function repeatedOf(context: ServiceContext, id: string): Promise<Started> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  return { row, run: context.runs.find(id), repeated: true }
}

/** What was asked for, without what was left out, and within what the service gives. */
function cappedOptions({ policy }: ServiceContext, options: RunOptions) {
  const { maxTimeoutSeconds, maxMemoryMb } = policy
  const {
    timeoutSeconds = maxTimeoutSeconds,
    memoryLimitMb = maxMemoryMb,
    cpuSeconds,
    globals,
    args,
    stdin,
  } = options
  const problems = [
    ...(timeoutSeconds > maxTimeoutSeconds
      ? [{ path: 'timeoutSeconds', problem: `at most ${maxTimeoutSeconds} here, got ${timeoutSeconds}` }]
      : []),
    ...(memoryLimitMb > maxMemoryMb
      ? [{ path: 'memoryLimitMb', problem: `at most ${maxMemoryMb} here, got ${memoryLimitMb}` }]
      : []),
  ]
  if (problems.length > 0) throw new InvalidRequestError(problems)
  return {
    timeoutSeconds,
    memoryLimitMb,
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(globals === undefined ? {} : { globals }),
    ...(args === undefined ? {} : { args: [...args] }),
    ...(stdin === undefined ? {} : { stdin }),
  }
}
