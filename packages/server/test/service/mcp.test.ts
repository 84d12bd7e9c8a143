import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../src/http/listen.ts'
import { type Somebody, startTestService, type TestService } from './fixtures/service.ts'

const ERAS = ['2025-11-25', '2026-07-28'] as const
type Answer = (message: string) => {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: Record<string, string | boolean>
}

describe('the Model Context Protocol over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-mcp-'))
  let running: TestService
  const service = () => running
  let listening: Listening
  const clients: Client[] = []

  beforeAll(async () => {
    running = await startTestService({ folder }, { filesFolder: join(folder, 'files') })
    listening = await listen(service().app.fetch, { host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    for (const client of clients) await client.close()
    listening.destroy()
    await running.services.close(0)
    rmSync(folder, { recursive: true, force: true })
  })

  const url = () => new URL(`http://127.0.0.1:${listening.port}/mcp`)
  const headersOf = ({ apiKey }: Somebody) => ({ Authorization: `Bearer ${apiKey}` })

  /** With an answer to give, the client can ask its user. */
  async function connect(era: (typeof ERAS)[number], who: Somebody, answer?: Answer): Promise<Client> {
    const mode = era === '2026-07-28' ? ({ pin: era } as const) : 'legacy'
    const capabilities = answer === undefined ? {} : { elicitation: { form: {} } }
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode }, capabilities })
    if (answer !== undefined)
      client.setRequestHandler('elicitation/create', async ({ params }) => answer(params.message))
    const requestInit = { headers: headersOf(who) }
    await client.connect(new StreamableHTTPClientTransport(url(), { requestInit }))
    clients.push(client)
    return client
  }

  async function call(
    client: Client,
    name: string,
    args: Record<string, unknown> = {},
    options: Parameters<Client['callTool']>[1] = {},
  ) {
    const result = await client.callTool({ name, arguments: args }, options)
    const texts = result.content.flatMap((each) => (each.type === 'text' ? [each.text] : []))
    return { ...result, text: texts.join('\n') }
  }

  test.each(ERAS)("%s: code is an execution of the caller, sessions are the caller's alone", async (era) => {
    const ada = await service().newUser(`ada-${era}`)
    const eve = await service().newUser(`eve-${era}`)
    const client = await connect(era, ada)
    expect(client.getInstructions()).toContain('create_session')
    expect((await call(client, 'run_python', { code: 'print("hi")\n6 * 7' })).text).toMatch(/42[\s\S]*hi/)
    const { body } = await service().as(ada)('GET', 'executions')
    expect(body.items).toHaveLength(1)

    const { handle } = (await call(client, 'create_session')).structuredContent as { handle: string }
    await call(client, 'run_python', { code: 'x = 20\nopen("f.txt", "w").write("kept")', session: handle })
    expect((await call(client, 'run_python', { code: 'x + 1', session: handle })).text).toContain('21')
    expect((await call(client, 'read_file', { session: handle, path: 'f.txt' })).text).toContain('kept')
    const read = await client.readResource({ uri: `sandbox://${handle}/f.txt` })
    expect(read.contents[0]).toMatchObject({ blob: Buffer.from('kept').toString('base64') })

    const other = await connect(era, eve)
    const foreign = await call(other, 'run_python', { code: 'x', session: handle })
    expect(foreign).toMatchObject({ isError: true, text: `Cannot find the session "${handle}"` })
    expect((await call(other, 'list_sessions')).structuredContent).toEqual({ sessions: [] })
    await expect(other.readResource({ uri: `sandbox://${handle}/f.txt` })).rejects.toThrow()
    const [run] = body.items
    expect(await call(other, 'get_run', { run: run?.id })).toMatchObject({ isError: true })
    expect((await call(client, 'get_run', { run: run?.id })).text).toContain('42')

    const reset = (await call(client, 'reset_session', { session: handle })).structuredContent as {
      handle: string
    }
    expect((await call(client, 'run_python', { code: 'x', session: reset.handle })).text).toContain(
      'NameError',
    )
    expect((await call(client, 'list_files', {})).text).toContain('create_session')
  })

  test.each(ERAS)('%s: a call that is taken back ends its execution within a second', async (era) => {
    const ada = await service().newUser(`cancel-${era}`)
    const client = await connect(era, ada)
    const api = service().as(ada)
    const stop = new AbortController()
    const running = call(client, 'run_python', { code: 'while True: pass' }, { signal: stop.signal })
    running.catch(() => {})
    await expect.poll(async () => (await api('GET', 'executions')).body.items.length).toBe(1)
    stop.abort()
    await expect(running).rejects.toThrow()
    const status = async () => (await api('GET', 'executions')).body.items[0]?.status
    await expect.poll(status).toBe('cancelled')
  })

  test.each(ERAS)('%s: a run outlives its call', async (era) => {
    const ada = await service().newUser(`long-${era}`)
    const client = await connect(era, ada)
    const code = 'import time\nprint("begun", flush=True)\ntime.sleep(1.5)\n"over"'
    const begun = await call(client, 'run_python', { code, wait_seconds: 0.5 })
    const [run] = /^exe_\w+/.exec(begun.text) ?? []
    expect(begun.text).toContain('is still running')
    expect((await call(client, 'get_run', { run })).text).toMatch(/over[\s\S]*begun/)
    const endless = await call(client, 'run_python', { code: 'while True: pass', wait_seconds: 0.2 })
    const [other] = /^exe_\w+/.exec(endless.text) ?? []
    expect((await call(client, 'cancel_run', { run: other })).text).toContain('cancelled')
  })

  test.each(ERAS)('%s: the stored tools of the caller are tools', async (era) => {
    const ada = await service().newUser(`tools-${era}`)
    const eve = await service().newUser(`no-tools-${era}`)
    const name = `double_${era.replaceAll('-', '_')}`
    const code = 'def double(n: int) -> int:\n    return 2 * n'
    const made = await service().as(ada)('POST', 'tools', {
      ...{ name, kind: 'python', description: 'Doubles' },
      definition: { code, entry: 'double' },
    })
    expect(made.status).toBe(201)
    const client = await connect(era, ada)
    const { tools } = await client.listTools()
    const offered = tools.find((each) => each.name === `tool_${name}`)
    expect(offered).toMatchObject({ description: 'Doubles', inputSchema: { required: ['n'] } })
    expect((await call(client, `tool_${name}`, { n: 21 })).text).toContain('42')
    expect(await call(client, `tool_${name}`, { n: 'x' })).toMatchObject({ isError: true })
    const others = (await (await connect(era, eve)).listTools()).tools.map((each) => each.name)
    expect(others).not.toContain(`tool_${name}`)
  })

  test.each(ERAS)(
    '%s: a call that a person has to allow waits for it, and is refused without one',
    async (era) => {
      const ada = await service().newUser(`approve-${era}`)
      const name = `delete_${era.replaceAll('-', '_')}`
      const made = await service().as(ada)('POST', 'tools', {
        ...{ name, kind: 'python', limits: { approve: true } },
        definition: { code: 'def remove(n: int) -> str:\n    return f"removed {n}"', entry: 'remove' },
      })
      expect(made).toMatchObject({ status: 201, body: { limits: { approve: true } } })
      const runs = async () => (await service().as(ada)('GET', 'executions')).body.items.length
      const asked: string[] = []
      const answering = (answer: ReturnType<Answer>) => (message: string) => {
        asked.push(message)
        return answer
      }
      const before = await runs()
      for (const [answer, told] of [
        [{ action: 'accept', content: { allow: false, reason: 'not today' } }, 'not today'],
        [{ action: 'accept', content: {} }, 'it was refused'],
        [{ action: 'decline' }, 'it was refused'],
        [{ action: 'cancel' }, 'it was refused'],
      ] as const) {
        const client = await connect(era, ada, answering(answer))
        const refused = await call(client, `tool_${name}`, { n: 3 }).catch((error: unknown) => ({
          text: String(error),
        }))
        expect(refused.text).toContain(told)
      }
      const unable = await call(await connect(era, ada), `tool_${name}`, { n: 3 })
      expect(unable).toMatchObject({ isError: true, text: expect.stringContaining('cannot ask one') })
      expect(await runs()).toBe(before)
      const client = await connect(era, ada, answering({ action: 'accept', content: { allow: true } }))
      expect((await call(client, `tool_${name}`, { n: 3 })).text).toContain('removed 3')
      expect(asked).toHaveLength(5)
      expect(asked.at(-1)).toContain(`"${name}"?\n{"n":3}`)
    },
  )

  test('without a key, with a key that may not execute, and from pages of other sites it is refused', async () => {
    const ada = await service().newUser('refused')
    const reader = await service().keyOf(ada, ['tools:read'])
    const post = (headers: Record<string, string>, body: string) =>
      fetch(url(), { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body })
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
    expect((await fetch(url(), { method: 'PUT', headers: headersOf(ada) })).status).toBe(405)
  })

  test('100 clients with two keys: nothing crosses, whatever handles they name', async () => {
    const people = await Promise.all(['left', 'right'].map((name) => service().newUser(name)))
    const owned = await Promise.all(
      people.map(async (who, index) => {
        const client = await connect('2026-07-28', who)
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
      const client = await connect(number < 20 ? '2025-11-25' : '2026-07-28', mine.who)
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
      fetch(url(), {
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
})
