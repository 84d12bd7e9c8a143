import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTool } from '../../src/db/queries/tools.ts'
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
import { cookieOf, describeService, QUICK_KIND } from './fixtures/service.ts'
import { ATTEMPTS, isReachable } from './permissions/attempts.ts'
import { type Caller, type Scene, toolNamed, unique, type Verdict } from './permissions/scene.ts'

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
  let scene: Omit<Scene, 'caller'>
  beforeAll(async () => {
    const { as, admin, newUser, services } = service()
    const made = await as(admin)('POST', 'tools', toolNamed(unique(), calleeUrl))
    const tool = await findTool(services.context.db, made.body.id)
    if (tool === null) throw new TypeError(`no tool: ${made.status}`)
    scene = { service: service(), other: await newUser(unique()), calleeUrl, tool }
  })

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
