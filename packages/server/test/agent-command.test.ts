import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ScriptedEndpoint } from '../../agent/test/fixtures/scripted-endpoint.ts'
import { command, type Running, scratchFolder, start } from './fixtures/command.ts'
import { TracesEndpoint } from './fixtures/traces-endpoint.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const { folder } = scratchFolder()
const PASSWORD = 'a password of the admin'
const block = (code: string) => `\`\`\`python\n${code}\n\`\`\``

let endpoint: ScriptedEndpoint
let service: Awaited<ReturnType<typeof serve>>
let traces: TracesEndpoint

beforeAll(async () => {
  traces = await TracesEndpoint.start()
  endpoint = await ScriptedEndpoint.start()
  service = await serve()
  await tool()
})
afterAll(async () => {
  service.running.child.kill('SIGTERM')
  await service.running.outcome
  await endpoint[Symbol.asyncDispose]()
  traces[Symbol.dispose]()
})

/** A service with the model of the environment. */
async function serve() {
  const env = {
    ...{ AGENTCHAT_ADMIN_PASSWORD: PASSWORD, AGENTCHAT_POOL_MIN: '0', AGENTCHAT_GRACE_SECONDS: '0' },
    ...{ AGENTCHAT_MODEL_BASE_URL: endpoint.baseUrl, AGENTCHAT_MODEL: 'scripted' },
    ...traces.env,
  }
  const running = start(['serve', '--port', '0', '--data-dir', join(folder, 'data')], { env })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = /listens on (\S+)/.exec(stdout)?.[1] ?? ''
  return { running, url, key: await keyOf(url) }
}

async function keyOf(url: string): Promise<string> {
  const json = { 'content-type': 'application/json' }
  const post = (path: string, body: object, headers = {}) =>
    fetch(`${url}/api/v1/${path}`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    })
  const signedIn = await post('auth/sign-in', { email: 'admin@localhost.local', password: PASSWORD })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const made = await post('api-keys', { name: 'me', scopes: ['admin'] }, { cookie })
  return ((await made.json()) as { key: string }).key
}

/** The id of the run that began last. */
async function lastRun(): Promise<string> {
  return (await api('GET', 'agent/runs')).items[0]?.id ?? ''
}

async function api(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${service.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as AnswerBody
}

const env = () => ({ AGENTCHAT_URL: service.url, AGENTCHAT_API_KEY: service.key })
const agent = (...args: string[]) => command(['agent', ...args], { env: env() })
const idOf = (stderr: string) => /run (agt_\w+)/.exec(stderr)?.[1] ?? ''

/** The same, until something was written on standard error. */
async function written(running: Running, pattern: RegExp): Promise<string> {
  let stderr = ''
  running.child.stderr?.on('data', (text: string) => {
    stderr += text
  })
  await expect.poll(() => stderr).toMatch(pattern)
  return stderr
}

async function tool(): Promise<void> {
  const code = 'def convert(amount: float) -> float:\n    return amount / 2'
  await api('POST', 'tools', { name: 'convert', kind: 'python', definition: { code, entry: 'convert' } })
}

test('agent shows what happens, and gives the answer on standard output', async () => {
  writeFileSync(join(folder, 'sales.csv'), 'day,amount\nmonday,3\n')
  endpoint.says(
    `I read it.\n${block('text = open("sales.csv").read()\nprint(len(text))')}`,
    block('final_answer(convert(3))'),
  )
  const solved = await agent('--file', join(folder, 'sales.csv'), '--tool', 'convert', 'Half of monday?')
  expect(solved).toMatchObject({ exitCode: 0, stdout: '1.5\n' })
  expect(solved.stderr).toMatch(
    /I read it\.[\s\S]*print\(len\(text\)\)[\s\S]*\| 20[\s\S]*answered \(2 steps, [\d.]+ s\)/,
  )
})

test('agent --json prints events, and --replay does all of it again without the model and without the tool', async () => {
  endpoint.says(
    block('import json\nx = convert(5)\nprint(json.dumps({"x": x}))\n1 / 0'),
    block('try:\n    convert("no")\nexcept ToolError as error:\n    print(error)\nx'),
    block('final_answer({"x": x, "big": 9007199254740993})'),
  )
  const solved = await agent('--json', '--tool', 'convert', 'a task')
  const events = solved.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.at(-1)).toMatchObject({ type: 'finished', status: 'answered', steps: 3 })
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set([
      ...[
        'started',
        'thought',
        'code',
        'tool-call',
        'tool-result',
        'output',
        'observation',
        'answer',
        'finished',
      ],
    ]),
  )
  const id = await lastRun()
  const asked = endpoint.asked.length
  const calls = (await api('GET', 'audit?action=tool.execute')).items.length
  const again = await agent('--replay', id)
  expect(again).toMatchObject({ exitCode: 0, stdout: `${JSON.stringify(events.at(-1).answer)}\n` })
  expect(again.stderr).toContain('ZeroDivisionError')
  expect(endpoint.asked).toHaveLength(asked)
  expect((await api('GET', 'audit?action=tool.execute')).items).toHaveLength(calls)

  // The same from a file, and of a record that was changed.
  const record = await api('GET', `agent/runs/${id}`)
  const file = join(folder, 'record.json')
  writeFileSync(file, JSON.stringify({ ...record, answer: 1 }))
  const differs = await command(['agent', '--replay', file], { env: { AGENTCHAT_API_KEY: '' } })
  expect(differs.exitCode).toBe(1)
  expect(differs.stderr).toContain('differs: the answer is')
  writeFileSync(
    file,
    JSON.stringify({ ...record, steps: record.steps.map((each) => ({ ...each, calls: [] })) }),
  )
  const without = await command(['agent', '--replay', file])
  expect(without).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no such call in the record'),
  })
})

test('Ctrl-C cancels the run', async () => {
  endpoint.says(block('print("on")\nwhile True: pass'))
  const running = start(['agent', 'for ever'], { env: env() })
  const id = idOf(await written(running, /while True/))
  await expect.poll(async () => (await api('GET', `executions?limit=1`)).items[0]?.status).toBe('running')
  running.child.kill('SIGINT')
  const { exitCode, stderr, stdout } = await running.outcome
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
  expect(stderr).toMatch(/cancelling[\s\S]*cancelled/)
  expect((await api('GET', `agent/runs/${id}`)).status).toBe('cancelled')
})

test('a call that nobody is there to allow is refused, and with --yes it is made', async () => {
  const code = block('try:\n    print(convert(9))\nexcept ToolError as error:\n    print(error)')
  endpoint.says(code, 'done')
  expect((await agent('--approve', 'convert', 'x')).stderr).toContain('nobody is there to allow it')
  endpoint.says(code, 'done')
  expect((await agent('--approve', 'convert', '--yes', 'x')).stderr).toContain('| 4.5')
})

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ['no key', ['x'], { AGENTCHAT_API_KEY: '' }, 2, /set AGENTCHAT_API_KEY/],
  ['another key', ['x'], { AGENTCHAT_API_KEY: 'acs_no' }, 2, /API key is not valid/],
  ['no service', ['x'], { AGENTCHAT_URL: 'http://127.0.0.1:9' }, 70, /Cannot reach the service/],
  ['no address', ['--url', 'nowhere', 'x'], {}, 2, /is no address of a service/],
  ['no task', [], {}, 2, /the task is empty/],
  ['no step', ['--max-steps', '0', 'x'], {}, 2, /limits\.maxSteps/],
  ['no number', ['--max-steps', 'two', 'x'], {}, 2, /--max-steps must be a number/],
  ['no such tool', ['--tool', 'nothing', 'x'], {}, 2, /there is no tool/],
  ['no such file', ['--file', '/nowhere/f', 'x'], {}, 2, /Cannot read the file/],
  ['no such record', ['--replay', '/nowhere/f'], {}, 2, /Cannot read the record/],
  ['no such run', ['--replay', 'agt_none'], {}, 2, /Cannot find the agent-run/],
])('agent with %s says what is wrong', async (_name, args, more, exitCode, said) => {
  const refused = await command(['agent', ...args], { env: { ...env(), ...more } })
  expect(refused).toMatchObject({ exitCode, stdout: '' })
  expect(refused.stderr).toMatch(said)
})

test('nothing is sent to LangSmith, whatever the environment says', async () => {
  endpoint.says(block('print("a secret")'), 'done')
  expect(await agent('x')).toMatchObject({ exitCode: 0, stdout: 'done\n' })
  expect(traces.calls).toBe(0)
})

test('another end than an answer is exit code 1, with the reason', async () => {
  endpoint.says((response) => response.writeHead(400).end('no'))
  const failed = await agent('x')
  expect(failed).toMatchObject({ exitCode: 1, stdout: '' })
  expect(failed.stderr).toContain('model-failed (1 step')
  const id = await lastRun()
  expect((await agent('--replay', id)).exitCode).toBe(0)
})

test('a service that is killed during a run says so when it starts again, with what there was', async () => {
  endpoint.says(block('print("first")'), () => {})
  const { id } = await api('POST', 'agent/runs', { task: 'x' }, { prefer: 'respond-async' })
  await expect.poll(() => endpoint.asked.length).toBe(2)
  // The model is asked while the step is being recorded.
  await expect.poll(async () => (await api('GET', `agent/runs/${id}`)).steps).toHaveLength(1)
  service.running.child.kill('SIGKILL')
  await service.running.outcome
  service = await serve()
  const found = await api('GET', `agent/runs/${id}`)
  expect(found).toMatchObject({
    ...{ status: 'interrupted', problem: 'The service ended while it ran', answer: null },
    steps: [{ code: 'print("first")', observation: expect.stringContaining('first') }],
  })
  const { items } = await api('GET', `audit?resourceId=${id}`)
  expect(items).toMatchObject([{ action: 'agent-run.create', outcome: 'interrupted' }])
  const events = await fetch(`${service.url}/api/v1/agent/runs/${id}/events`, {
    headers: { authorization: `Bearer ${service.key}` },
  })
  expect(await events.text()).toMatch(/event: finished\ndata: .*"status":"interrupted"/)
})

test('a service that ends lets no run of an agent hold it, and records it as interrupted', async () => {
  endpoint.says(() => {})
  const { id } = await api('POST', 'agent/runs', { task: 'x' }, { prefer: 'respond-async' })
  await expect.poll(() => endpoint.asked.length).toBe(1)
  service.running.child.kill('SIGTERM')
  expect((await service.running.outcome).exitCode).toBe(0)
  service = await serve()
  expect(await api('GET', `agent/runs/${id}`)).toMatchObject({ status: 'interrupted', answer: null })
})
