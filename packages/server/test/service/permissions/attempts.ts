import { expect } from 'vitest'
import type { Action, Ownership, Resource } from '../../../src/services/permission-check.ts'
import {
  newAgentRun,
  newBatch,
  newExecution,
  newKey,
  newModel,
  newSession,
  newTool,
  newUserId,
} from './new-things.ts'
import { type Scene, send, toolNamed, unique, type Verdict, verdictOf } from './scene.ts'

const PASSWORD = 'a password of somebody'

/** Tries one action with a thing of this ownership. */
type Attempt = (scene: Scene, ownership: Ownership) => Promise<Verdict>

/** What can be tried over HTTP. Nothing here for a cell: the service has no such operation. */
export const ATTEMPTS: { readonly [resource in Resource]: { readonly [action in Action]?: Attempt } } = {
  tool: {
    create: (scene, ownership) =>
      verdictOf(send(scene, 'POST', 'tools', toolNamed(unique(), scene.calleeUrl, ownership === 'system'))),
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
      const cancelled = await verdictOf(send(scene, 'POST', `executions/${id}/cancel`))
      const deleted = await verdictOf(send(scene, 'DELETE', `executions/${id}`))
      expect([files, cancelled]).toEqual([deleted, deleted])
      return deleted
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
      await cancelledAndDeleted(scene, `agent/runs/${await newAgentRun(scene, ownership)}`),
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
      await cancelledAndDeleted(scene, `batches/${await newBatch(scene, ownership)}`),
  },
  model: {
    create: (scene) =>
      verdictOf(send(scene, 'POST', 'models', { name: unique(), baseUrl: scene.calleeUrl, model: 'm' })),
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
export function isReachable(resource: Resource, action: Action, ownership: Ownership): boolean {
  if (ATTEMPTS[resource][action] === undefined) return false
  if (resource === 'model') return ownership === 'system' || (ownership === 'other' && action !== 'create')
  if (ownership === 'system') return resource === 'tool'
  if (resource === 'user' && action === 'create') return ownership === 'other'
  return ownership === 'own' || action !== 'create'
}

/** To end what runs is to delete, as far as rights go. */
async function cancelledAndDeleted(scene: Scene, path: string): Promise<Verdict> {
  const cancelled = await verdictOf(send(scene, 'POST', `${path}/cancel`))
  const deleted = await verdictOf(send(scene, 'DELETE', path))
  expect(cancelled).toBe(deleted)
  return deleted
}
