import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/db/index.ts'
import { endAgentRun, recordAgentRun } from '../../src/db/queries/agent-runs.ts'
import { endBatch, recordBatch } from '../../src/db/queries/batches.ts'
import { recordEnd, recordStart } from '../../src/db/queries/executions.ts'
import { insertSession } from '../../src/db/queries/sessions.ts'
import { insertUser } from '../../src/db/queries/users.ts'
import { quotaHolders } from '../../src/services/actor.ts'
import { beginningOf, endOfDeed } from '../../src/services/audit/deed-record.ts'
import {
  ACTIONS,
  type Action,
  decide,
  OWNERSHIPS,
  type Ownership,
  RESOURCES,
  type Resource,
  ROLES,
  type Role,
  SCOPES,
  type Standing,
} from '../../src/services/permission-check.ts'
import { cookieOf, describeService, QUICK_KIND, type Somebody, type TestService } from './fixtures/service.ts'

const WITHOUT_ADMIN = SCOPES.filter((scope) => scope !== 'admin')
const CREDENTIALS: Standing['scopes'][] = ['all', WITHOUT_ADMIN, ...SCOPES.map((scope) => [scope])]
const PASSWORD = 'a password of somebody'

let callee: Server
let calleeUrl = ''
beforeAll(async () => {
  callee = createServer((_, response) => response.end('ok'))
  await new Promise<void>((resolve) => callee.listen(0, '127.0.0.1', resolve))
  calleeUrl = `http://127.0.0.1:${(callee.address() as AddressInfo).port}`
})
afterAll(() => {
  callee.close()
})

/** Somebody with a standing, and how requests of theirs look. */
interface Caller {
  readonly id: string
  readonly headers: Record<string, string>
}

/** Whether it was done, refused, or said not to exist. */
type Verdict = 'allowed' | 'refused' | 'hidden'

/** Tries one action with a thing of this ownership. */
type Attempt = (scene: Scene, ownership: Ownership) => Promise<Verdict>

interface Scene {
  readonly service: TestService
  readonly caller: Caller
  /** Whose the things of others are. */
  readonly other: Somebody
}

let made = 0
const unique = () => {
  made += 1
  return `n${made}`
}

function toolNamed(name: string, system = false) {
  const paths = { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } }
  const document = { ...{ openapi: '3.1.0', info: { title: 'T', version: '1' } }, paths }
  return { ...{ name, kind: 'openapi', system }, definition: { document, baseUrl: calleeUrl } }
}

async function send({ service, caller }: Scene, method: string, path: string, body?: object) {
  const headers = { ...caller.headers, 'if-match': '*' }
  return await service.send(method, path, { headers, ...(body && { body }) })
}

async function verdictOf(answer: Response | Promise<Response>): Promise<Verdict> {
  const { status } = await answer
  if (status >= 200 && status < 300) return 'allowed'
  if (status === 403) return 'refused'
  if (status === 404) return 'hidden'
  throw new Error(`status ${status}: ${await (await answer).text()}`)
}

/** A tool of the caller, of another or of the system, made by whoever may. */
async function newTool({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  if (ownership === 'own') {
    const { db } = service.services.context
    const { body } = await service.as(service.admin)('POST', 'tools', toolNamed(unique()))
    // Not everybody may make one over HTTP whom it can belong to.
    await db.execute(`update tools set owner_id = '${caller.id}' where id = '${body.id}'`)
    return body.id
  }
  const owner = ownership === 'system' ? service.admin : other
  return (await service.as(owner)('POST', 'tools', toolNamed(unique(), ownership === 'system'))).body.id
}

function holdersFor({ services }: TestService, userId: string) {
  return quotaHolders(services.context, { userId, apiKeyId: null, quotas: { user: null, key: null } })
}

async function newExecution({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('exe')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf(
    { instance },
    { who, deed: { action: 'execution.create', resourceId: id }, executionId: id },
  )
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

async function newSession({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
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
async function newAgentRun({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('agt')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf(
    { instance },
    { who, deed: { action: 'agent-run.create', resourceId: id } },
  )
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
async function newBatch({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const { db, instance, quotas } = service.services.context
  const userId = ownership === 'own' ? caller.id : other.id
  const id = newId('bat')
  const who = { userId, apiKeyId: null, requestId: null, source: null }
  const { open, begin } = beginningOf({ instance }, { who, deed: { action: 'batch.create', resourceId: id } })
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
async function newModel({ service, other }: Scene, ownership: Ownership): Promise<string> {
  const model = {
    name: unique(),
    baseUrl: calleeUrl,
    model: 'm',
    users: ownership === 'other' ? [other.id] : null,
  }
  return (await service.as(service.admin)('POST', 'models', model)).body.id
}

async function newKey({ service, caller, other }: Scene, ownership: Ownership): Promise<string> {
  const request = service.as(ownership === 'own' ? service.admin : other)
  const { body } = await request('POST', 'api-keys', { name: 'made', scopes: ['execute'] })
  if (ownership === 'own')
    await service.services.context.db.execute(
      `update api_keys set user_id = '${caller.id}' where id = '${body.id}'`,
    )
  return body.id
}

async function newUserId({ service }: Scene): Promise<string> {
  const [id, name] = [newId('usr'), unique()]
  const user = { id, name, email: `${name}@example.com`, role: 'user' } as const
  await insertUser(service.services.context.db, user, { id: newId('acc'), passwordHash: 'nobody signs in' })
  return id
}

/** What can be tried over HTTP. Nothing here for a cell: the service has no such operation. */
const ATTEMPTS: { readonly [resource in Resource]: { readonly [action in Action]?: Attempt } } = {
  tool: {
    create: (scene, ownership) =>
      verdictOf(send(scene, 'POST', 'tools', toolNamed(unique(), ownership === 'system'))),
    read: async (scene, ownership) =>
      verdictOf(send(scene, 'GET', `tools/${await newTool(scene, ownership)}`)),
    update: async (scene, ownership) =>
      verdictOf(send(scene, 'PATCH', `tools/${await newTool(scene, ownership)}`, { description: 'changed' })),
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `tools/${await newTool(scene, ownership)}`)),
    execute: async (scene, ownership) =>
      verdictOf(send(scene, 'POST', `tools/${await newTool(scene, ownership)}/execute`, {})),
  },
  execution: {
    create: (scene) => verdictOf(send(scene, 'POST', 'executions', { code: '1' })),
    read: async (scene, ownership) => {
      const id = await newExecution(scene, ownership)
      const events = await verdictOf(send(scene, 'GET', `executions/${id}/events`))
      const read = await verdictOf(send(scene, 'GET', `executions/${id}`))
      expect(events).toBe(read)
      return read
    },
    delete: async (scene, ownership) => {
      const id = await newExecution(scene, ownership)
      const files = await verdictOf(send(scene, 'DELETE', `executions/${id}/files`))
      const cancelled = await verdictOf(send(scene, 'DELETE', `executions/${id}`))
      expect(files).toBe(cancelled)
      return cancelled
    },
  },
  session: {
    create: (scene) => verdictOf(send(scene, 'POST', 'sessions', {})),
    read: async (scene, ownership) =>
      verdictOf(send(scene, 'GET', `sessions/${await newSession(scene, ownership)}`)),
    // A wrong path is refused before anything is started, and after the permission was asked for.
    update: async (scene, ownership) => {
      const path = `sessions/${await newSession(scene, ownership)}/files/a%2F..`
      const answer = await send(scene, 'DELETE', path)
      return answer.status === 422 ? 'allowed' : await verdictOf(answer)
    },
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `sessions/${await newSession(scene, ownership)}`)),
    execute: async (scene, ownership) => {
      const id = await newSession(scene, ownership)
      const forked = await verdictOf(send(scene, 'POST', `sessions/${id}/fork`, {}))
      // What could be forked can be executed; it is asked in the same way, and starts no worker for a wrong limit.
      const answer = await send(scene, 'POST', `sessions/${id}/executions`, {
        code: '1',
        timeoutSeconds: 999,
      })
      expect(answer.status === 422 ? 'allowed' : await verdictOf(answer)).toBe(forked)
      return forked
    },
  },
  'agent-run': {
    // What is asked for in vain is told after the permission was asked for, and before anything is started.
    create: async (scene) => {
      const answer = await send(scene, 'POST', 'agent/runs', { task: 'x', model: 'none' })
      return answer.status === 422 || answer.status === 409 ? 'allowed' : await verdictOf(answer)
    },
    read: async (scene, ownership) => {
      const id = await newAgentRun(scene, ownership)
      const events = await verdictOf(send(scene, 'GET', `agent/runs/${id}/events`))
      const read = await verdictOf(send(scene, 'GET', `agent/runs/${id}`))
      expect(events).toBe(read)
      return read
    },
    update: async (scene, ownership) => {
      const path = `agent/runs/${await newAgentRun(scene, ownership)}/approvals/1-call-1`
      const answer = await send(scene, 'POST', path, { allow: true })
      return answer.status === 409 ? 'allowed' : await verdictOf(answer)
    },
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `agent/runs/${await newAgentRun(scene, ownership)}`)),
  },
  batch: {
    // A wrong limit is told after the permission was asked for, and before anything is started.
    create: async (scene) => {
      const answer = await send(scene, 'POST', 'batches', { programs: ['1'], timeoutSeconds: 999 })
      return answer.status === 422 ? 'allowed' : await verdictOf(answer)
    },
    read: async (scene, ownership) => {
      const id = await newBatch(scene, ownership)
      const read = await verdictOf(send(scene, 'GET', `batches/${id}`))
      for (const path of ['events', 'results'])
        expect(await verdictOf(send(scene, 'GET', `batches/${id}/${path}`))).toBe(read)
      return read
    },
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `batches/${await newBatch(scene, ownership)}`)),
  },
  model: {
    create: (scene) =>
      verdictOf(send(scene, 'POST', 'models', { name: unique(), baseUrl: calleeUrl, model: 'm' })),
    read: async (scene, ownership) =>
      verdictOf(send(scene, 'GET', `models/${await newModel(scene, ownership)}`)),
    update: async (scene, ownership) =>
      verdictOf(send(scene, 'PATCH', `models/${await newModel(scene, ownership)}`, { description: 'd' })),
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `models/${await newModel(scene, ownership)}`)),
    execute: async (scene, ownership) => {
      const model = await newModel(scene, ownership)
      const answer = await send(scene, 'POST', 'agent/runs', { task: 'x', model, limits: { maxSteps: 999 } })
      if (answer.status !== 422) return await verdictOf(answer)
      return (await answer.json()).problems?.[0]?.path === 'model' ? 'hidden' : 'allowed'
    },
  },
  user: {
    create: (scene) => {
      const name = unique()
      return verdictOf(
        send(scene, 'POST', 'users', { email: `${name}@example.com`, name, password: PASSWORD }),
      )
    },
    read: async (scene, ownership) =>
      verdictOf(
        send(scene, 'GET', `users/${ownership === 'own' ? scene.caller.id : await newUserId(scene)}`),
      ),
    update: async (scene, ownership) => {
      const id = ownership === 'own' ? scene.caller.id : await newUserId(scene)
      return await verdictOf(send(scene, 'PATCH', `users/${id}`, { name: 'Renamed' }))
    },
    delete: async (scene, ownership) =>
      verdictOf(
        send(scene, 'DELETE', `users/${ownership === 'own' ? scene.caller.id : await newUserId(scene)}`),
      ),
  },
  'api-key': {
    create: (scene) => verdictOf(send(scene, 'POST', 'api-keys', { name: 'made', scopes: ['execute'] })),
    // A list hides nothing by saying that it is not for everybody.
    read: async (scene, ownership) =>
      verdictOf(send(scene, 'GET', ownership === 'own' ? 'api-keys' : 'api-keys?scope=all')),
    delete: async (scene, ownership) =>
      verdictOf(send(scene, 'DELETE', `api-keys/${await newKey(scene, ownership)}`)),
  },
  audit: {
    read: async (scene, ownership) => {
      const wanted = ownership === 'own' ? '' : `&actorId=${scene.other.id}`
      const answer = await send(scene, 'GET', `audit?limit=1${wanted}`)
      const verdict = await verdictOf(answer.clone())
      if (verdict !== 'allowed' || ownership === 'own') return verdict
      const { items } = await answer.json()
      return items[0]?.actorId === scene.other.id ? 'allowed' : 'hidden'
    },
  },
}

/** Cells that cannot be reached: nothing is made for somebody else, and only tools and models belong to the system. */
function isReachable(resource: Resource, action: Action, ownership: Ownership): boolean {
  if (ATTEMPTS[resource][action] === undefined) return false
  if (resource === 'model') return ownership === 'system' || (ownership === 'other' && action !== 'create')
  if (ownership === 'system') return resource === 'tool'
  if (resource === 'user' && action === 'create') return ownership === 'other'
  return ownership === 'own' || action !== 'create'
}

function expected(
  standing: Standing,
  action: Action,
  cell: { resource: Resource; ownership: Ownership },
): Verdict {
  const decision = decide(standing, action, cell.resource, cell.ownership)
  if (decision.allowed) return 'allowed'
  const isList = cell.resource === 'api-key' && action === 'read'
  const scopesLack = cell.resource === 'audit' && !decide(standing, 'read', 'audit', 'own').allowed
  // Who may use no model at all is told so, of whatever model.
  const usesNone =
    cell.resource === 'model' && action === 'execute' && !decide(standing, action, 'model', 'system').allowed
  return decision.hidden && !isList && !scopesLack && !usesNone ? 'hidden' : 'refused'
}

describeService('permissions', (service, _postgres, kind) => {
  // Who may do what is decided before any database is asked: on the slow one the ends of the table are enough.
  const credentials = kind === QUICK_KIND ? CREDENTIALS : CREDENTIALS.slice(0, 2)

  /** One of each role is enough for all credentials, as long as nobody deletes them: hashing passwords takes long. */
  const people = new Map<Role, Caller>()
  let other: Somebody | null = null
  beforeAll(() => people.clear())

  async function signedIn(role: Role): Promise<Caller> {
    const known = people.get(role)
    if (known !== undefined) return known
    const { as, admin, send } = service()
    const name = unique()
    const credentials = { email: `${name}@example.com`, password: PASSWORD }
    const { body } = await as(admin)('POST', 'users', { ...credentials, name, role })
    const cookie = cookieOf(await send('POST', 'auth/sign-in', { body: credentials }))
    const caller = { id: body.id, headers: { cookie } }
    people.set(role, caller)
    return caller
  }

  async function callerWith(role: Role, scopes: Standing['scopes']): Promise<Caller> {
    const { id, headers } = await signedIn(role)
    if (scopes === 'all') return { id, headers }
    const key = await service().send('POST', 'api-keys', { body: { name: 'test', scopes }, headers })
    return { id, headers: { authorization: `Bearer ${(await key.json()).key}` } }
  }

  test.each(ROLES.flatMap((role) => credentials.map((scopes) => ({ role, scopes }))))(
    'every cell over HTTP for role $role with scopes $scopes is what the table says',
    async ({ role, scopes }) => {
      other ??= await service().newUser(unique())
      const scene = { service: service(), other }
      let caller = await callerWith(role, scopes)
      const told: Record<string, Verdict> = {}
      const wanted: Record<string, Verdict> = {}
      for (const resource of RESOURCES)
        for (const action of ACTIONS)
          for (const ownership of OWNERSHIPS) {
            const attempt = ATTEMPTS[resource][action]
            if (attempt === undefined || !isReachable(resource, action, ownership)) continue
            const cell = `${action} ${ownership} ${resource}`
            wanted[cell] = expected({ role, scopes }, action, { resource, ownership })
            told[cell] = await attempt({ ...scene, caller }, ownership)
            const isGone = cell === 'delete own user' && told[cell] === 'allowed'
            if (!isGone) continue
            people.delete(role)
            caller = await callerWith(role, scopes)
          }
      expect(told).toEqual(wanted)
      expect(Object.keys(told)).toHaveLength(63)
    },
  )

  test('nothing is possible over HTTP that the table does not know', () => {
    const everything: Standing = { role: 'admin', scopes: 'all' }
    for (const resource of RESOURCES)
      for (const action of ACTIONS)
        expect(ATTEMPTS[resource][action] !== undefined, `${action} ${resource}`).toBe(
          decide(everything, action, resource, 'own').allowed,
        )
  })
})
