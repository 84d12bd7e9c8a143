import { expect } from 'vitest'
import { newId } from '../../../src/db/index.ts'
import { endAgentRun, recordAgentRun } from '../../../src/db/queries/agent-runs.ts'
import { endBatch, recordBatch } from '../../../src/db/queries/batches.ts'
import { recordEnd, recordStart } from '../../../src/db/queries/executions.ts'
import { insertSession } from '../../../src/db/queries/sessions.ts'
import { insertTool } from '../../../src/db/queries/tools.ts'
import { insertUser } from '../../../src/db/queries/users.ts'
import { quotaHolders } from '../../../src/services/actor.ts'
import { beginningOf, endOfDeed } from '../../../src/services/audit/deed-record.ts'
import type { Ownership } from '../../../src/services/permission-check.ts'
import type { TestService } from '../fixtures/service.ts'
import { type Scene, unique } from './scene.ts'

// Things to try actions on. They are rows, where making one over HTTP takes a process.

/** A tool of the caller, of another or of the system. */
export async function newTool(
  { service, caller, other, tool }: Scene,
  ownership: Ownership,
): Promise<string> {
  const id = newId('tool')
  const { createdAt: _c, updatedAt: _u, version: _v, ...content } = tool
  const system = ownership === 'system'
  const ownerId = system ? '' : ownership === 'own' ? caller.id : other.id
  const row = { ...content, id, ownerId, system, name: unique() }
  const most = Number.POSITIVE_INFINITY
  await insertTool(service.services.context.db, row, { by: service.admin.id, recordBytes: 1, most })
  return id
}

function holdersFor({ services }: TestService, userId: string) {
  return quotaHolders(services.context, { userId, apiKeyId: null, quotas: { user: null, key: null } })
}

export async function newExecution({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('exe')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf(service.services.context, {
    who,
    deed: { action: 'execution.create', resourceId: id },
    executionId: id,
  })
  const execution = {
    ...{ id, userId, instance, code: '"1"', options: '{}', recordBytes: 5, status: 'running' as const },
    ...{ apiKeyId: null, toolId: null, toolVersion: null },
  }
  const wanted = { place: 'concurrent', bytes: 5 } as const
  await quotas.admit(db, { holders: holdersFor(service, userId), wanted }, (tx, demand) =>
    recordStart(tx, { execution, ...begin, demand }),
  )
  const end = {
    ...{ status: 'cancelled' as const, record: null, recordBytes: 0, failure: null },
    ...{ cpuMs: 0, bytes: 0, fileBytes: 0 },
  } as const
  await recordEnd(db, { id, instance }, { end, event: endOfDeed(open, { outcome: 'error' }) })
  return id
}

export async function newSession({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, sessions } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('ses')
  const full = await insertSession(
    db,
    {
      ...{ id, userId, instance, apiKeyId: null, name: null, state: 'ready', storeId: sessions.place.id },
      ...{ sealedFor: userId, permissions: { allowNet: [] }, redaction: null, limits: {} },
    },
    { user: 1000, key: null },
  )
  expect(full).toBeNull()
  return id
}

/** A run that is over. */
export async function newAgentRun({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('agt')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf(service.services.context, {
    who,
    deed: { action: 'agent-run.create', resourceId: id },
  })
  const granted = { maxSteps: 1, maxSeconds: 1, maxTokens: null, stepSeconds: null, approveSeconds: 1 }
  const options = { model: { id: 'm', name: 'm', model: 'm' }, tools: [], files: [], limits: granted }
  const run = {
    ...{ id, userId, instance, options },
    ...{ apiKeyId: null, sessionId: null, task: 'x', recordBytes: 5 },
  }
  const wanted = { place: 'agentRuns', bytes: 5 } as const
  await quotas.admit(db, { holders: holdersFor(service, userId), wanted }, (tx, demand) =>
    recordAgentRun(tx, { run, ...begin, demand }),
  )
  const end = { status: 'cancelled', problem: null, result: null, recordBytes: 0 } as const
  await endAgentRun(db, id, { end, event: endOfDeed(open, { outcome: 'error' }) })
  return id
}

/** A batch that is over. */
export async function newBatch({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('bat')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf(service.services.context, {
    who,
    deed: { action: 'batch.create', resourceId: id },
  })
  const options = { concurrency: 1 }
  const batch = {
    ...{ id, userId, instance, options },
    ...{ apiKeyId: null, programs: 1, places: 1, recordBytes: 1 },
  }
  const wanted = { place: 'concurrent', bytes: 1 } as const
  await quotas.admit(db, { holders: holdersFor(service, userId), wanted }, (tx, demand) =>
    recordBatch(tx, { ...begin, batch, programs: ['"1"'], demand }),
  )
  const end = { status: 'cancelled', problem: null } as const
  await endBatch(db, id, { end, event: endOfDeed(open, { outcome: 'error' }) })
  return id
}

/** A model that everybody may use, or that the other one may use alone. */
export async function newModel({ service, other, calleeUrl }: Scene, ownership: Ownership): Promise<string> {
  const model = {
    name: unique(),
    baseUrl: calleeUrl,
    model: 'm',
    users: ownership === 'other' ? [other.id] : null,
  }
  return (await service.as(service.admin)('POST', 'models', model)).body.id
}

export async function newKey({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const request = service.as(ownership === 'own' ? service.admin : other)
  const { body } = await request('POST', 'api-keys', { name: 'made', scopes: ['execute'] })
  if (ownership === 'own')
    await service.services.context.db.execute(
      `update api_keys set user_id = '${caller.id}' where id = '${body.id}'`,
    )
  return body.id
}

export async function newUserId({ service }: Scene): Promise<string> {
  const [id, name] = [newId('usr'), unique()]
  const user = { id, name, email: `${name}@example.com`, role: 'user' } as const
  await insertUser(service.services.context.db, user, { id: newId('acc'), passwordHash: 'nobody signs in' })
  return id
}
