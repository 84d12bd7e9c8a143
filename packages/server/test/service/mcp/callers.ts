import { expect, test } from 'vitest'
import type { Somebody } from '../fixtures/service.ts'
import { call, headersOf, type McpService } from './mcp-service.ts'

/** Who may call, and that callers stay apart. */
export function callersOverMcp(mcp: () => McpService): void {
  const service = () => mcp().service

  test('without a key, with a key that may not execute, and from pages of other sites it is refused', async () => {
    const ada = await service().newUser('refused')
    const reader = await service().keyOf(ada, ['tools:read'])
    const post = (headers: Record<string, string>, body: string) =>
      fetch(mcp().url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body })
    const unknown = await post({}, '{}')
    expect([unknown.status, unknown.headers.get('WWW-Authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer/),
    ])
    expect((await post(headersOf(reader), '{}')).status).toBe(403)
    expect((await post({ ...headersOf(ada), Origin: 'https://evil.example' }, '{}')).status).toBe(403)
    expect((await post(headersOf(ada), '{')).status).toBe(400)
    expect((await post(headersOf(ada), '['.repeat(100_000))).status).toBe(422)
    expect((await post({ ...headersOf(ada), 'Content-Type': 'text/plain' }, '{}')).status).toBe(415)
    expect((await fetch(mcp().url, { method: 'PUT', headers: headersOf(ada) })).status).toBe(405)
  })

  test('100 clients with two keys: nothing crosses, whatever handles they name', async () => {
    const people = await Promise.all(['left', 'right'].map((name) => service().newUser(name)))
    const owned = await Promise.all(
      people.map(async (who, index) => {
        const client = await mcp().connect('2026-07-28', who)
        const secret = `the secret ${index}`
        const { handle } = (await call(client, 'create_session')).structuredContent as { handle: string }
        const code = `secret = "${secret}"\nopen("secret.txt", "w").write(secret)`
        await call(client, 'run_python', { code, session: handle })
        const [run] = (await service().as(who)('GET', 'executions')).body.items
        return { who, secret, session: handle, run: String(run?.id) }
      }),
    )
    const probe = async (number: number) => {
      const [mine, other] = number % 2 === 0 ? owned : [...owned].reverse()
      if (mine === undefined || other === undefined) return expect.unreachable()
      const client = await mcp().connect(number < 20 ? '2025-11-25' : '2026-07-28', mine.who)
      const { session, run } = other
      const forged = [session, `${mine.session}x`, 'default', run, `../${session}`, mine.run]
      const refused = await Promise.all([
        ...forged.map((handle) => call(client, 'read_file', { session: handle, path: 'secret.txt' })),
        call(client, 'run_python', { code: 'secret', session }),
        call(client, 'reset_session', { session }),
        call(client, 'list_files', { session }),
        call(client, 'get_run', { run }),
        call(client, 'cancel_run', { run }),
      ])
      const uris = [`sandbox://${session}/secret.txt`, `sandbox://${run}/secret.txt`]
      for (const uri of uris) await expect(client.readResource({ uri })).rejects.toThrow()
      const own = await call(client, 'read_file', { session: mine.session, path: 'secret.txt' })
      const listed = (await call(client, 'list_sessions')).structuredContent as { sessions: object[] }
      return {
        ...{ errors: refused.filter(({ isError }) => isError).length, own: own.text.includes(mine.secret) },
        leaked: JSON.stringify([refused, own, listed]).includes(other.secret),
        sessions: listed.sessions,
        expected: mine.session,
      }
    }
    for (let first = 0; first < 100; first += 20) {
      const found = await Promise.all(Array.from({ length: 20 }, (_, index) => probe(first + index)))
      for (const { expected, ...each } of found)
        expect(each).toEqual({
          ...{ errors: 11, own: true, leaked: false },
          sessions: [expect.objectContaining({ handle: expected })],
        })
    }
  })

  test('a request under a name that is not the service is refused', async () => {
    const ada = await service().newUser('host')
    const headers = { ...headersOf(ada), host: 'evil.example', origin: 'http://evil.example' }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const rebound = await service().app.request('http://evil.example/mcp', {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { ...headers, 'content-type': 'application/json' },
    })
    expect(rebound.status).toBe(421)
  })

  test('a connection belongs to the key that made it, and ends with it', async () => {
    const ada = await service().newUser('connected')
    const { body: key } = await service().as(ada)('POST', 'api-keys', { name: 'second', scopes: ['execute'] })
    const second = { id: ada.id, apiKey: key.key }
    const headers = (who: Somebody, more: Record<string, string> = {}) => ({
      ...headersOf(who),
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...more,
    })
    const send = (who: Somebody, message: object, more = {}) =>
      fetch(mcp().url, {
        method: 'POST',
        headers: headers(who, more),
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      })
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    }
    const opened = await send(second, { id: 1, method: 'initialize', params })
    const id = opened.headers.get('Mcp-Session-Id') ?? ''
    await opened.text()
    expect(id).toMatch(/^[\w-]{32}$/)
    const list = { id: 2, method: 'tools/list', params: {} }
    const own = await send(second, list, { 'Mcp-Session-Id': id })
    expect([own.status, (await own.text()).includes('run_python')]).toEqual([200, true])
    expect((await send(ada, list, { 'Mcp-Session-Id': id })).status).toBe(404)
    expect((await send(second, list, { 'Mcp-Session-Id': `${id}x` })).status).toBe(404)
    expect((await service().as(ada)('DELETE', `api-keys/${key.id}`)).status).toBe(204)
    expect((await send(second, list, { 'Mcp-Session-Id': id })).status).toBe(401)
  })
}
