import { createHash } from 'node:crypto'
import type { Database } from '../../db/index.ts'
import { claimIdempotencyKey, type ExecutionRow, recordStart } from '../../db/queries/executions.ts'
import { insertWebhookDelivery } from '../../db/queries/webhook-deliveries.ts'
import type { Actor } from '../actor.ts'
import { beginningOf, type OpenDeed } from '../audit/deed-record.ts'
import type { RunLimits } from '../audit/run-facts.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { IdempotencyMismatchError } from '../errors.ts'
import type { Secrets } from '../secrets/sealed-secret.ts'
import type { QuotaHolder } from './quotas.ts'
import { fileFacts, type RunRequest } from './run-request.ts'

/** An execution that is about to begin, with what is recorded of it as JSON. */
export interface Recording {
  readonly id: string
  readonly request: RunRequest
  readonly texts: RecordedTexts
  readonly limits: RunLimits
  readonly holders: readonly QuotaHolder[]
}

/** What is recorded of a request: its code, and the options that it gets. */
export interface RecordedTexts {
  readonly code: string
  readonly options: string
  /** Of both, and of the webhook. */
  readonly bytes: number
  /** Is there so much in the request that each step of the work on it is to have a turn of the event loop? */
  readonly isLarge: boolean
}

/** Writes what is recorded of a request, once. */
export function recordedTexts(request: RunRequest, options: object): RecordedTexts {
  const { code, files, webhook, redaction, secrets } = request
  const inputs = Object.entries(options).map(([name, value]) => [name, orFacts(value)] as const)
  const facts = fileFacts(files)
  const recorded = {
    ...Object.fromEntries(inputs),
    ...(files === undefined ? {} : { files: facts }),
    ...(redaction === undefined ? {} : { redaction }),
    ...(secrets === undefined ? {} : { secrets: secretFacts(secrets) }),
  }
  const texts = { code: JSON.stringify(code), options: JSON.stringify(recorded) }
  const hook = webhook === undefined ? 0 : SEALED_BYTES + webhook.url.length + webhook.secret.length
  const isLarge =
    texts.code.length > MAX_INPUT_CHARS ||
    inputs.some(([name, value]) => value !== Reflect.get(options, name)) ||
    facts.reduce((sum, { size }) => sum + size, 0) > MAX_INPUT_CHARS
  const bytes = Buffer.byteLength(texts.code) + Buffer.byteLength(texts.options) + hook
  return { ...texts, bytes, isLarge }
}

/** What every execution takes of the quotas beside the bytes of its record. */
export const RUN = { place: 'concurrent', begins: true } as const

/** What is recorded of secrets: where they may be sent, and not what they are. */
function secretFacts(secrets: Secrets): object {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, { hosts, places }]) => [name, { hosts, places }]),
  )
}

/** A large input is recorded as files are: not its contents. */
const MAX_INPUT_CHARS = 65_536

function orFacts(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'string') return value
  const text = JSON.stringify(value)
  if (text.length <= MAX_INPUT_CHARS) return value
  return { bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') }
}

/** What a sealed secret is longer than the secret, and a row of a delivery beside both. */
const SEALED_BYTES = 200

/** What was recorded: a new execution, with the bytes that may be kept of it, or that an earlier request with the same key was this one. */
export type Recorded =
  | { readonly row: ExecutionRow; readonly deed: OpenDeed; readonly room: number }
  | { readonly executionId: string }

/**
 * Admits the execution, and writes it, the beginning of its deed and what belongs to it: all of it or nothing.
 * @throws QuotaExceededError, IdempotencyMismatchError
 */
export async function record(context: ServiceContext, actor: Actor, recording: Recording): Promise<Recorded> {
  const { idempotencyKey, webhook } = recording.request
  // One statement is as good as a transaction, and costs a quarter.
  if (idempotencyKey === undefined && webhook === undefined)
    return await write(context, context.db, { actor, recording })
  return await context.db.transaction(async (tx) => {
    const earlier = await claim(tx, actor, recording)
    if (earlier !== null) return { executionId: earlier }
    if (webhook !== undefined) {
      const { url, secret } = webhook
      const sealed = context.secrets.seal(secret, recording.id)
      await insertWebhookDelivery(tx, { executionId: recording.id, url, secret: sealed })
    }
    return await write(context, tx, { actor, recording })
  })
}

async function write(
  context: ServiceContext,
  db: Database,
  { actor, recording }: { readonly actor: Actor; readonly recording: Recording },
): Promise<Recorded> {
  const { id, request, texts, limits, holders } = recording
  const { code, tool, session, agentRunId } = request
  const action = request.action ?? (tool === undefined ? 'execution.create' : 'tool.execute')
  const codeSha256 = createHash('sha256').update(code).digest('hex')
  const detail = {
    executionId: id,
    codeSha256,
    ...(tool && { toolVersion: tool.version }),
    ...(session && { sessionId: session.id }),
    ...(agentRunId && { agentRunId }),
  }
  const deed: Deed = { action, resourceId: tool?.id ?? id, detail }
  const known = {
    ...{ id, instance: context.instance, userId: actor.userId, apiKeyId: actor.apiKeyId },
    ...{ toolId: tool?.id ?? null, toolVersion: tool?.version ?? null, sessionId: session?.id ?? null },
    recordBytes: texts.bytes,
    // What a machine is to run waits for one.
    status: context.machines === null ? 'running' : 'queued',
  } as const
  const run = { codeSha256, limits, image: context.sandboxes.image }
  const { open, begin } = beginningOf(context, { who: actor, deed, executionId: id, run })
  const execution = { ...known, code: texts.code, options: texts.options }
  const wanted = { ...RUN, bytes: texts.bytes }
  const admitted = await context.quotas.admit(db, { holders, wanted }, (tx, demand) =>
    recordStart(tx, { ...begin, execution, demand }),
  )
  const createdAt = new Date(admitted.row.createdAt ?? Date.now())
  const row: ExecutionRow = {
    ...{ ...known, code, options: null, result: null, failure: null, createdAt },
    ...{ cpuMs: 0, bytes: 0, fileBytes: 0, finishedAt: null, machine: null, epoch: null },
  }
  return { row, deed: open, room: admitted.room }
}

async function claim(db: Database, actor: Actor, recording: Recording): Promise<string | null> {
  const { id, request, texts } = recording
  if (request.idempotencyKey === undefined) return null
  const key = request.idempotencyKey
  const { tool, webhook, session } = request
  const said = JSON.stringify([texts.code, texts.options, tool?.id, webhook?.url, session?.id])
  const requestHash = createHash('sha256').update(said).digest('hex')
  const earlier = await claimIdempotencyKey(db, { userId: actor.userId, key, requestHash, executionId: id })
  if (earlier === null) return null
  if (earlier.requestHash !== requestHash) throw new IdempotencyMismatchError(key)
  return earlier.executionId
}
