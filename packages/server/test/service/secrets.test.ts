import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { secrets } from '../../src/db/schema.ts'
import { describeService } from './fixtures/service.ts'

const VALUE = 'sk-live-4f9aKx71QwErTy'
const SECRET = { value: VALUE, hosts: ['api.example.com'] }
const PYTHON = { kind: 'python', definition: { code: 'def main() -> int:\n    return 1\n' } }
/** Of the form that GitHub documents for its tokens. */
const TOKEN = `ghp_${'Ab3dE6gH9jK2mN5pQ8sT'.repeat(2).slice(0, 36)}`

describeService('secrets', (service) => {
  test('secrets are listed, replaced and deleted by those who may change the thing, and by nobody else', async () => {
    const [ada, bob] = [await service().newUser('ada'), await service().newUser('bob')]
    const { as, admin } = service()
    const tool = (await as(ada)('POST', 'tools', { ...PYTHON, name: 'own' })).body
    const system = (await as(admin)('POST', 'tools', { ...PYTHON, name: 'of_all', system: true })).body
    const session = (await as(ada)('POST', 'sessions', {})).body
    const reader = await service().keyOf(ada, ['tools:read', 'execute'])
    for (const path of [`tools/${tool.id}/secrets`, `sessions/${session.id}/secrets`]) {
      const put = await as(ada)('PUT', `${path}/API_KEY`, SECRET)
      expect(put).toMatchObject({ status: 200, body: { name: 'API_KEY', places: ['headers'] } })
      const places = ['body', 'url']
      const again = await as(ada)('PUT', `${path}/API_KEY`, {
        value: 'another',
        hosts: ['b.example'],
        places,
      })
      expect(again.body).toMatchObject({ hosts: ['b.example'], places, createdAt: put.body.createdAt })
      expect(Date.parse(again.body.changedAt)).toBeGreaterThanOrEqual(Date.parse(put.body.changedAt))
      expect((await as(ada)('GET', path)).body.items).toEqual([again.body])
      for (const [method, at, body] of [
        ['GET', path, undefined],
        ['PUT', `${path}/API_KEY`, SECRET],
        ['DELETE', `${path}/API_KEY`, undefined],
      ] as const)
        expect((await as(bob)(method, at, body)).status, `${method} ${at}`).toBe(404)
      expect((await as(ada)('DELETE', `${path}/OTHER`)).status).toBe(404)
      expect((await as(ada)('DELETE', `${path}/API_KEY`)).status).toBe(204)
      expect((await as(ada)('GET', path)).body.items).toEqual([])
    }
    // A key that may read tools and execute them gives them no secrets.
    expect((await as(reader)('PUT', `tools/${tool.id}/secrets/API_KEY`, SECRET)).status).toBe(403)
    // A tool of the system is there for all, its secrets are for administrators.
    expect((await as(admin)('PUT', `tools/${system.id}/secrets/API_KEY`, SECRET)).status).toBe(200)
    expect((await as(ada)('GET', `tools/${system.id}/secrets`)).status).toBe(403)
    expect((await as(ada)('PUT', `tools/${system.id}/secrets/API_KEY`, SECRET)).status).toBe(403)
  })

  test('secrets are bounded, and what cannot be used is refused without being repeated', async () => {
    const ada = await service().newUser('bounds')
    const call = service().as(ada)
    const { id } = (await call('POST', 'sessions', {})).body
    const put = (name: string, body: unknown) => call('PUT', `sessions/${id}/secrets/${name}`, body)
    const all = await Promise.all(Array.from({ length: 12 }, (_, at) => put(`KEY_${at}`, SECRET)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(all.filter(({ status }) => status === 409)).toHaveLength(2)
    // One that is there is replaced all the same.
    const there = (await call('GET', `sessions/${id}/secrets`)).body.items[0]?.name ?? ''
    expect((await put(there, SECRET)).status).toBe(200)
    for (const wrong of [
      { ...SECRET, value: `${VALUE}\r\nX: 1` },
      { ...SECRET, value: `${VALUE}${'x'.repeat(2000)}` },
      { ...SECRET, value: [VALUE] },
      { ...SECRET, hosts: ['*.example.com'] },
      { ...SECRET, places: ['trailers'] },
      { ...SECRET, more: VALUE },
    ]) {
      const { status, body } = await put('API_KEY', wrong)
      expect(status).toBe(422)
      expect(JSON.stringify(body)).not.toContain(VALUE)
    }
    expect((await put('1BAD', SECRET)).status).toBe(422)
    expect((await put('API_KEY', { ...SECRET, value: 'short' })).body.detail).toContain('at least 6')
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`KEY_${at}`, SECRET]))
    for (const given of [many, { 'a b': SECRET }, { KEY: { ...SECRET, hosts: ['*.example.com'] } }])
      expect((await call('POST', 'executions', { code: '1', secrets: given })).status).toBe(422)
  })

  test('secrets go with the tool or the session that they are of, and with its user', async () => {
    const { as, admin } = service()
    const ada = await service().newUser('leaving')
    const { db } = service().services.context
    const rows = async () => (await db.select().from(secrets)).filter(({ name }) => name === 'GOING').length
    const [first, second] = [
      (await as(ada)('POST', 'tools', { ...PYTHON, name: 'first' })).body,
      (await as(ada)('POST', 'tools', { ...PYTHON, name: 'second' })).body,
    ]
    const session = (await as(ada)('POST', 'sessions', {})).body
    const last = (await as(ada)('POST', 'sessions', {})).body
    for (const of of [
      `tools/${first.id}`,
      `tools/${second.id}`,
      `sessions/${session.id}`,
      `sessions/${last.id}`,
    ])
      expect((await as(ada)('PUT', `${of}/secrets/GOING`, SECRET)).status).toBe(200)
    expect(await rows()).toBe(4)
    await as(ada)('DELETE', `tools/${first.id}`, undefined, { 'if-match': '*' })
    await as(ada)('DELETE', `sessions/${session.id}`)
    expect(await rows()).toBe(2)
    expect((await as(admin)('DELETE', `users/${ada.id}`)).status).toBe(204)
    expect(await rows()).toBe(0)
    // The tool is there without it.
    expect((await as(admin)('GET', `tools/${second.id}/secrets`)).body.items).toEqual([])
  })

  test('a secret that was moved to another tool, or changed, is not used', async () => {
    const ada = await service().newUser('moved')
    const call = service().as(ada)
    const { db } = service().services.context
    const { id } = (await call('POST', 'tools', { ...PYTHON, name: 'moved' })).body
    const other = (await call('POST', 'tools', { ...PYTHON, name: 'other' })).body.id
    await call('PUT', `tools/${id}/secrets/MOVED`, SECRET)
    expect((await call('POST', `tools/${id}/execute`, {})).status).toBe(200)
    await db.update(secrets).set({ toolId: other }).where(eq(secrets.name, 'MOVED'))
    expect((await call('POST', `tools/${id}/execute`, {})).status).toBe(200)
    expect((await call('POST', `tools/${other}/execute`, {})).status).toBeGreaterThanOrEqual(500)
  })

  test('redaction is stricter where a tool, a session or a request says so, and never weaker', async () => {
    const ada = await service().newUser('strict')
    const call = service().as(ada)
    const code = `print(${JSON.stringify(TOKEN)})`
    const result = async (path: string, body: object) => {
      const { body: answer } = await call('POST', path, body)
      return (answer.execution ?? answer).result
    }
    const plain = await result('executions', { code })
    expect([plain?.stdout, plain?.redactions]).toEqual([`${TOKEN}\n`, {}])
    const strict = await result('executions', { code, redaction: 'known+patterns' })
    expect([strict?.stdout, strict?.redactions]).toEqual(['[redacted:github]\n', { github: 1 }])
    // Of a secret that comes with a request: counted, and never shown.
    const known = await result('executions', {
      code: `print(${JSON.stringify(VALUE)}, ${JSON.stringify(VALUE)})`,
      secrets: { KEY: SECRET },
    })
    expect([known?.stdout, known?.redactions]).toEqual([
      '[redacted:known-secret] [redacted:known-secret]\n',
      { 'known-secret': 2 },
    ])
    const weaker = await call('POST', 'executions', { code, redaction: 'off' })
    expect(weaker).toMatchObject({ status: 422, body: { problems: [{ path: 'redaction' }] } })
    expect(weaker.body.detail).toContain('at least "known" here, got "off"')

    expect((await call('POST', 'sessions', { redaction: 'off' })).status).toBe(422)
    const { body: session } = await call('POST', 'sessions', { redaction: 'known+patterns' })
    expect(session).toMatchObject({ redaction: 'known+patterns' })
    const path = `sessions/${session.id}/executions`
    expect((await result(path, { code }))?.redactions).toEqual({ github: 1 })
    expect((await call('POST', path, { code, redaction: 'known' })).status).toBe(422)
    const fork = (await call('POST', `sessions/${session.id}/fork`, {})).body
    expect(fork).toMatchObject({ redaction: 'known+patterns' })

    const definition = { code: `def main() -> str:\n    return ${JSON.stringify(TOKEN)}\n` }
    const tool = { name: 'strict', kind: 'python', definition }
    expect((await call('POST', 'tools', { ...tool, redaction: 'off' })).status).toBe(422)
    const { id } = (await call('POST', 'tools', { ...tool, redaction: 'known+patterns' })).body
    expect((await result(`tools/${id}/execute`, {}))?.result).toBe('[redacted:github]')
    const changed = await call('PATCH', `tools/${id}`, { redaction: null }, { 'if-match': '*' })
    expect(changed.body).toMatchObject({ redaction: null })
    expect((await result(`tools/${id}/execute`, {}))?.result).toBe(TOKEN)
    const asked = await result(`tools/${id}/execute`, { redaction: 'known+patterns' })
    // In the value, and in its text.
    expect([asked?.result, asked?.redactions]).toEqual(['[redacted:github]', { github: 2 }])
  })

  test('a fork has the secrets of its session, and its own from then on; going back changes none', async () => {
    const ada = await service().newUser('forks')
    const { as, admin } = service()
    const call = as(ada)
    const code = "import os\nsorted(name for name in os.environ if name.endswith('_KEY'))"
    const names = async (id: string) =>
      (await call('POST', `sessions/${id}/executions`, { code })).body.result?.result
    const { id } = (await call('POST', 'sessions', { permissions: { allowNet: [] } })).body
    for (const name of ['A_KEY', 'B_KEY']) await call('PUT', `sessions/${id}/secrets/${name}`, SECRET)
    expect(await names(id)).toEqual(['A_KEY', 'B_KEY'])
    const fork = (await call('POST', `sessions/${id}/fork`, {})).body
    const listed = (await call('GET', `sessions/${fork.id}/secrets`)).body.items
    expect(listed).toMatchObject([
      { name: 'A_KEY', hosts: SECRET.hosts, places: ['headers'] },
      { name: 'B_KEY', hosts: SECRET.hosts },
    ])
    await call('DELETE', `sessions/${id}/secrets/A_KEY`)
    expect([await names(id), await names(fork.id)]).toEqual([['B_KEY'], ['A_KEY', 'B_KEY']])
    // Back to when there was another one: the session has those that it has now.
    expect((await call('POST', `sessions/${id}/rewind`, { steps: 1 })).status).toBe(200)
    expect(await names(id)).toEqual(['B_KEY'])
    // Who forks the session of somebody else does not get what is theirs.
    const foreign = (await as(admin)('POST', `sessions/${id}/fork`, {})).body
    expect((await as(admin)('GET', `sessions/${foreign.id}/secrets`)).body.items).toEqual([])
    const { db } = service().services.context
    const rows = await db.select().from(secrets).where(eq(secrets.sessionId, fork.id))
    expect(rows).toHaveLength(2)
    expect((await call('DELETE', `sessions/${fork.id}`)).status).toBe(204)
    expect(await db.select().from(secrets).where(eq(secrets.sessionId, fork.id))).toEqual([])
  })

  test('a batch takes no secrets, and says so without repeating them', async () => {
    const call = service().as(await service().newUser('batches'))
    const given = { KEY: SECRET }
    for (const [body, path] of [
      [{ programs: ['1'], secrets: given }, ''],
      [{ programs: [{ code: '1', secrets: given }] }, 'programs.0'],
    ] as const) {
      const { status, body: problem } = await call('POST', 'batches', body)
      expect([status, problem.problems?.map((each) => each.path)]).toEqual([422, [path]])
      expect(problem.detail).toContain('Unrecognized key: "secrets"')
      expect(JSON.stringify(problem)).not.toContain(VALUE)
    }
  })
})
