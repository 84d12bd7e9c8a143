import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { start } from '../../sandbox/test/fixtures/command.ts'
import { echoSecrets, expectHidden, FORMS } from '../../sandbox/test/fixtures/echo-secrets.ts'
import { tlsFile } from '../../sandbox/test/fixtures/net-server.ts'
import { openDatabase } from '../src/db/index.ts'
import { command, scratchFolder } from './fixtures/command.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const main = fileURLToPath(new URL('fixtures/secret-service.mjs', import.meta.url))
const scratch = scratchFolder().folder
const OLD = 'sk-live-4f9aKx71/QwErTy+z'
const NEW = 'rk_7Hq2Lw9ZpXv+/c3BnM5tY8u'
const OF_SESSION = 'ses-9dK3mVqPz8Wx/Jr4+TgLa6'
const OF_REQUEST = 'req=2bN8yHs5CfUe/Ri7+AoEk1'
const SECRETS = [OLD, NEW, OF_SESSION, OF_REQUEST]
const echo = await echoSecrets()
afterAll(() => echo.close())

/** The service over HTTP with this folder; `told` keeps whatever it answers. */
async function serving(data: string, told: string[]) {
  const running = start([data], { main, env: { NODE_EXTRA_CA_CERTS: tlsFile('ca.pem') } })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = `${/listens on (\S+)/.exec(stdout)?.[1]}/api/v1`
  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const json = { 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${url}/${path}`, { method, headers: { ...json, ...headers }, ...sent })
    const text = await answer.text()
    told.push(`${method} ${path} ${JSON.stringify([...answer.headers])} ${text}`)
    const isJson = /json$|json;/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as AnswerBody, answer }
  }
  const credentials = { email: 'admin@localhost.local', password: 'a password of the admin' }
  const { answer } = await send('POST', 'auth/sign-in', credentials)
  const cookie = answer.headers.getSetCookie().map((text) => text.split(';', 1)[0] ?? '')
  const close = async () => {
    running.child.kill('SIGTERM')
    const { stderr } = await running.outcome
    return stderr
  }
  return {
    call: (method: string, path: string, body?: object, headers = {}) =>
      send(method, path, body, { cookie: cookie.join('; '), ...headers }),
    close,
  }
}

const CALLS = `
import http.client, json, os, ssl, urllib.error, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None
opener = urllib.request.build_opener(Stay)
def ask(path, key):
    request = urllib.request.Request('https://localhost:${echo.port}' + path, headers={'Authorization': 'Bearer ' + key})
    try:
        response = opener.open(request)
    except urllib.error.HTTPError as error:
        response = error
    return [response.status, response.reason, str(response.headers), response.read().decode('latin-1')]
`

test('secrets of tools, sessions and requests are in requests to their hosts, and nowhere else', async () => {
  const told: string[] = []
  const data = join(mkdtempSync(join(scratch, 'try-')), 'data')
  const paths = Object.keys(FORMS)
  const hosts = [`localhost:${echo.port}`]
  const permissions = { allowNet: ['localhost'] }
  const unseen = echo.seen.length
  const first = await serving(data, told)
  const tool = await first.call('POST', 'tools', {
    ...{ name: 'ask', kind: 'python', permissions },
    definition: {
      code: `${CALLS}\ndef main(paths: list) -> list:\n    key = os.environ['API_KEY']\n    print(key)\n    return [ask(path, key) for path in paths]\n`,
    },
  })
  expect(tool.status, JSON.stringify(tool.body)).toBe(201)
  const ofTool = `tools/${tool.body.id}/secrets/API_KEY`
  expect((await first.call('PUT', ofTool, { value: OLD, hosts })).status).toBe(200)
  const executed = await first.call('POST', `tools/${tool.body.id}/execute`, { arguments: { paths } })
  expect(executed.body.execution).toMatchObject({ status: 'success' })
  expect(executed.body.execution.result.result).toHaveLength(paths.length)
  expect(executed.body.execution.result.stdout).toMatch(/^acssecret[0-9a-f]{40}\n$/)
  // The server had it each time, and sent it back in each form.
  const headers = (from: number) => echo.seen.slice(from).map(({ authorization }) => authorization)
  expect(headers(unseen)).toEqual(paths.map(() => `Bearer ${OLD}`))
  expect(executed.body.execution.result.permissions).toMatchObject({
    used: expect.arrayContaining([
      { kind: 'secret', value: `API_KEY at localhost:${echo.port}`, count: paths.length },
    ]),
    granted: { secret: ['API_KEY'] },
  })

  // A new value takes the place of the old one.
  expect((await first.call('PUT', ofTool, { value: NEW, hosts, places: ['headers', 'url'] })).status).toBe(
    200,
  )
  const session = await first.call('POST', 'sessions', { permissions })
  const ofSession = `sessions/${session.body.id}/secrets/API_KEY`
  expect((await first.call('PUT', ofSession, { value: OF_SESSION, hosts })).status).toBe(200)
  const run = async (code: string, more: object = {}) => {
    const path = `sessions/${session.body.id}/executions`
    const { body } = await first.call('POST', path, { code: CALLS + code, ...more })
    expect(body.result?.error ?? null).toBeNull()
    return body.result
  }
  const before = echo.seen.length
  const [one, other] = [`ask('/body', os.environ['API_KEY'])`, `ask('/json', os.environ['OTHER'])`]
  await run(one)
  await run(other, { secrets: { OTHER: { value: OF_REQUEST, hosts } } })
  // What came with one request is gone with it; what goes to another host goes as a placeholder.
  expect((await run(`[name for name in ('API_KEY', 'OTHER') if name in os.environ]`)).result).toEqual([
    'API_KEY',
  ])
  await run(`urllib.request.urlopen(urllib.request.Request('http://localhost:${echo.plainPort}/',
    headers={'Authorization': 'Bearer ' + os.environ['API_KEY']})).status`)
  const [third = '', fourth = '', fifth = ''] = headers(before)
  expect([third, fourth]).toEqual([`Bearer ${OF_SESSION}`, `Bearer ${OF_REQUEST}`])
  expect(fifth).toMatch(/^Bearer acssecret[0-9a-f]{40}$/)

  // Whatever it answers, also to what is wrong.
  for (const value of [`${OLD}\n`, `${NEW}é`, { text: OLD }]) {
    const refused = await first.call('PUT', ofTool, { value, hosts })
    expect(refused.status).toBe(422)
  }
  for (const bad of [{ value: OLD, hosts: ['*.example.com'] }, { value: OLD, hosts: [] }, { value: OLD }])
    expect((await first.call('PUT', ofTool, bad)).status).toBe(422)
  const listed = await first.call('GET', `tools/${tool.body.id}/secrets`)
  expect(listed.body.items).toEqual([
    expect.objectContaining({ name: 'API_KEY', hosts, places: ['headers', 'url'] }),
  ])
  for (const path of [`tools/${tool.body.id}`, `tools/${tool.body.id}/versions/1`, ofSession.slice(0, -8)])
    expect((await first.call('GET', path)).status).toBe(200)
  for (const path of [
    'executions',
    'audit',
    'audit/export?format=jsonl',
    'audit/export?format=csv',
    'sessions',
  ])
    await first.call('GET', path)
  for (const { id } of (await first.call('GET', 'executions')).body.items)
    expect((await first.call('GET', `executions/${id}`)).status).toBe(200)
  const audit = await first.call('GET', 'audit?action=tool.set-secret')
  expect(audit.body.items).toContainEqual(
    expect.objectContaining({
      resourceId: tool.body.id,
      outcome: 'success',
      detail: { name: 'API_KEY', hosts, places: ['headers'] },
    }),
  )
  const logs = [await first.close()]

  // The key of the service is another one now, and the secrets are there.
  const rotated = await command(['serve', '--rotate-key', '--data-dir', data])
  expect(rotated).toMatchObject({ exitCode: 0 })
  const second = await serving(data, told)
  const at = echo.seen.length
  const again = await second.call('POST', `tools/${tool.body.id}/execute`, {
    arguments: { paths: ['/body'] },
  })
  expect(again.body.execution).toMatchObject({ status: 'success' })
  expect(headers(at)).toEqual([`Bearer ${NEW}`])
  logs.push(await second.close(), rotated.stderr, rotated.stdout)

  for (const secret of SECRETS) {
    expectHidden(secret, told.join('\n'))
    expectHidden(secret, logs.join('\n'))
    expectHidden(secret, await dump(data))
    for (const file of filesIn(data)) expect(readFileSync(file).includes(secret), file).toBe(false)
  }
})

/** Every row of every table. */
async function dump(data: string): Promise<string> {
  await using database = await openDatabase({ folder: data, sync: 'soon' }, () => {})
  const ask = async (query: string) =>
    ((await database.db.execute(sql.raw(query))) as { readonly rows: readonly Record<string, unknown>[] })
      .rows
  const tables = "select table_name as name from information_schema.tables where table_schema = 'public'"
  const names = (await ask(tables)).map(({ name }) => String(name))
  expect(names).toContain('secrets')
  const rows: unknown[] = []
  for (const name of names) rows.push(name, await ask(`select * from "${name}"`))
  const text = JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  )
  expect(text).toContain('API_KEY')
  return text
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}
