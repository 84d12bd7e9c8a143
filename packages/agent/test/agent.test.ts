import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PyodideSandbox, type Tool } from 'agentchat-sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AgentEvent,
  type AgentOptions,
  AgentOptionsError,
  runAgent,
  streamAgent,
} from '../src/agent/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { delta, event, ScriptedEndpoint } from './scripted-endpoint.ts'

let endpoint: ScriptedEndpoint
let sandbox: PyodideSandbox

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start()
  sandbox = new PyodideSandbox()
})
afterAll(async () => {
  await sandbox.close()
  await endpoint[Symbol.asyncDispose]()
})

const block = (code: string) => `Thinking.\n\`\`\`python\n${code}\n\`\`\``

async function run(options: Partial<AgentOptions> = {}) {
  await using session = sandbox.session()
  const model = openAiModel({
    baseUrl: endpoint.baseUrl,
    model: 'scripted',
    apiKey: 'secret-key',
    timeoutSeconds: 2,
  })
  return await runAgent({ model, session, task: 'What is it?', ...options })
}

describe('runAgent()', () => {
  test('runs what the model writes, in one session, until final_answer', async () => {
    endpoint.says(block('x = 40\nprint("here")'), block('y = x + 2\ny'), block('final_answer({"it": y})'))
    const result = await run()
    expect(result).toMatchObject({ end: 'answered', answer: { it: 42 }, problem: null })
    expect(result.steps.map(({ code }) => code)).toEqual([
      'x = 40\nprint("here")',
      'y = x + 2\ny',
      'final_answer({"it": y})',
    ])
    expect(result.usage).toEqual({ inputTokens: 300, outputTokens: 30, estimated: false })
    const [, , third] = endpoint.asked
    const contents = third?.body.messages.map(({ content }) => content) ?? []
    expect(contents[1]).toBe('What is it?')
    expect(contents[3]).toContain('here')
    expect(contents[5]).toContain('42')
    expect(third?.headers.authorization).toBe('Bearer secret-key')
  })

  test('a message without code is an answer', async () => {
    endpoint.says(block('6 * 7'), 'It is **42**.')
    expect(await run()).toMatchObject({ end: 'answered', answer: 'It is **42**.' })
  })

  test.each(['except BaseException', 'except', 'finally'])('%s cannot hold the answer', async (keyword) => {
    endpoint.says(
      block(
        `print("before")\ntry:\n    final_answer(1)\n${keyword}:\n    print("held")\nprint("later")\nfinal_answer(2)`,
      ),
    )
    const { end, answer, steps } = await run()
    expect({ end, answer }).toEqual({ end: 'answered', answer: 1 })
    expect(steps[0]?.observation).toContain('before')
    expect(steps[0]?.observation).not.toMatch(/held|later/)
  })

  test('the model is told of an error, of output, and of several blocks', async () => {
    endpoint.says(`${block('print("first")')}\n${block('1 / 0')}`, 'done')
    const { steps } = await run()
    expect(steps[0]?.observation).toMatch(/first[\s\S]*ZeroDivisionError[\s\S]*2 blocks/)
    expect(endpoint.asked[1]?.body.messages.at(-1)?.content).toBe(steps[0]?.observation)
  })

  test('tools of the host are functions, and the model is told of them', async () => {
    const double: Tool = {
      name: 'double',
      description: 'Doubles a number.',
      parameters: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
      execute: ({ n }) => Number(n) * 2,
    }
    endpoint.says(block('final_answer(double(21))'))
    expect(await run({ tools: [double] })).toMatchObject({ answer: 42 })
    expect(endpoint.asked[0]?.body.messages[0]?.content).toContain('- double(n): Doubles a number.')
  })

  test('events come as they happen, and final_answer is none of them', async () => {
    endpoint.says(block('print("out")'), block('final_answer(0)'))
    await using session = sandbox.session()
    const model = openAiModel({ baseUrl: endpoint.baseUrl, model: 'scripted' })
    const seen: AgentEvent[] = []
    for await (const each of streamAgent({ model, session, task: 'x' })) seen.push(each)
    const kinds = seen.map((each) => (each.type === 'execution' ? each.event.type : each.type))
    // Whether it took a second is up to the machine.
    expect([...new Set(kinds)].filter((kind) => kind !== 'usage')).toEqual([
      'text',
      'code',
      'started',
      'stdout',
      'observation',
      'finished',
    ])
    expect(kinds.filter((kind) => kind === 'finished')).toHaveLength(1)
  })

  test('ends at its limits, with what is known so far', async () => {
    endpoint.says(block('print("some")'))
    const steps = await run({ limits: { maxSteps: 2 } })
    expect(steps).toMatchObject({ end: 'max-steps', answer: null })
    expect(steps.steps).toHaveLength(2)
    expect(await run({ limits: { maxTokens: 150 } })).toMatchObject({ end: 'max-tokens' })
    endpoint.says(block('while True: pass'))
    const seconds = await run({ limits: { maxSeconds: 2 } })
    expect(seconds).toMatchObject({ end: 'max-seconds', answer: null })
    expect(seconds.steps[0]?.code).toBe('while True: pass')
  })

  test('the same mistake is told at the second time and ends it at the third, also by turns', async () => {
    endpoint.says(block('1 / 0'))
    const same = await run()
    expect(same).toMatchObject({ end: 'repeating', answer: null })
    expect(same.steps.map(({ observation }) => observation?.includes('Try something else'))).toEqual([
      false,
      true,
      false,
    ])
    endpoint.says(...[0, 1, 2, 3, 4, 5].map((turn) => block(turn % 2 === 0 ? '1 / 0' : 'nope')))
    expect((await run()).steps).toHaveLength(5)
    endpoint.says('')
    expect(await run()).toMatchObject({ end: 'repeating', problem: 'the model wrote nothing, twice' })
  })

  test('cancels: the model, and the code', async () => {
    endpoint.says(block('print("so far")\nwhile True: pass'))
    const stop = new AbortController()
    const running = run({ signal: stop.signal })
    await expect.poll(() => endpoint.asked.length).toBe(1)
    setTimeout(() => stop.abort(), 500)
    expect(await running).toMatchObject({ end: 'cancelled', answer: null })
    endpoint.says(() => {})
    expect(await run({ signal: AbortSignal.timeout(200) })).toMatchObject({ end: 'cancelled' })
  })

  test('a session that is closed is a failure of the sandbox and no answer', async () => {
    endpoint.says(block('1'))
    const session = sandbox.session()
    await session.close()
    expect(await run({ session })).toMatchObject({ end: 'sandbox-failed', answer: null })
  })

  test('input grows by the same with each step', async () => {
    endpoint.says(...Array.from({ length: 12 }, (_, turn) => block(`print("${turn} " * 7000)`)), 'done')
    await run()
    const sizes = endpoint.asked.map(({ body }) => JSON.stringify(body).length)
    expect(sizes[12]).toBeLessThan((sizes[4] ?? 0) + 8 * 1500)
  })

  test.each([
    [{ limits: { maxSteps: 0 } }, 'limits.maxSteps'],
    [{ task: '' }, 'task'],
    [{ tags: ['<b>'] }, 'tags.0'],
    [{ unknown: 1 }, 'unknown'],
  ])('options that cannot be are refused: %j', (wrong, named) => {
    const model = openAiModel({ baseUrl: endpoint.baseUrl, model: 'scripted' })
    const options = { model, session: sandbox.session(), task: 'x', ...wrong }
    expect(() => streamAgent(options)).toThrow(AgentOptionsError)
    expect(() => streamAgent(options)).toThrow(named)
  })
})

describe('a model endpoint with a fault', () => {
  const json = { 'Content-Type': 'application/json' }
  const stream = { 'Content-Type': 'text/event-stream' }
  const answer = (content: string, more = {}) =>
    JSON.stringify({ choices: [{ message: { content, ...more } }] })

  test.each<[string, Parameters<ScriptedEndpoint['says']>, object]>([
    [
      'answers one document',
      [(r) => r.writeHead(200, json).end(answer('42'))],
      { end: 'answered', answer: '42' },
    ],
    [
      'tells no usage and no end',
      [(r) => r.writeHead(200, stream).end(delta('42'))],
      { end: 'answered', answer: '42', usage: { estimated: true } },
    ],
    [
      'sends one chunk',
      [(r) => r.writeHead(200, stream).end(delta('42', { finish_reason: 'stop' }) + event('[DONE]'))],
      { end: 'answered', answer: '42' },
    ],
    [
      'sends reasoning',
      [
        (r) =>
          r
            .writeHead(200, stream)
            .end(event({ choices: [{ delta: { reasoning_content: 'hm', content: null } }] }) + delta('42')),
      ],
      { end: 'answered', answer: '42' },
    ],
    [
      'sends parts',
      [
        (r) =>
          r
            .writeHead(200, json)
            .end(JSON.stringify({ choices: [{ message: { content: [{ type: 'text', text: '42' }] } }] })),
      ],
      { end: 'answered', answer: '42' },
    ],
    [
      'is busy once',
      [(r) => r.writeHead(429, { 'Retry-After': '0' }).end('slow down'), '42'],
      { end: 'answered', answer: '42' },
    ],
    [
      'fails twice',
      [(r) => r.writeHead(500).end(), (r) => r.writeHead(503).end(), '42'],
      { end: 'answered', answer: '42' },
    ],
    [
      'is always busy',
      [(r) => r.writeHead(429, { 'Retry-After': '0' }).end('slow down')],
      { end: 'model-failed', problem: expect.stringContaining('429: slow down') },
    ],
    [
      'refuses the key',
      [(r) => r.writeHead(401, json).end('{"error":"bad key"}')],
      { end: 'model-failed', problem: expect.stringContaining('401') },
    ],
    [
      'redirects',
      [(r) => r.writeHead(307, { Location: 'http://127.0.0.1:1/' }).end()],
      { end: 'model-failed' },
    ],
    [
      'breaks off after something',
      [
        (r) => {
          r.writeHead(200, stream).write(delta('The answer'))
          setTimeout(() => r.destroy(), 50)
        },
      ],
      { end: 'model-failed', steps: [{ text: 'The answer' }] },
    ],
    [
      'breaks off before anything, then answers',
      [(r) => r.destroy(), '42'],
      { end: 'answered', answer: '42' },
    ],
    [
      'stops in the middle',
      [
        (r) => {
          r.writeHead(200, stream).write(delta('The'))
        },
      ],
      {
        end: 'model-failed',
        problem: expect.stringContaining('nothing more came'),
        steps: [{ text: 'The' }],
      },
    ],
    ['sends nothing', [(r) => r.writeHead(200, stream).end()], { end: 'model-failed' }],
    [
      'sends no JSON',
      [(r) => r.writeHead(200, json).end('<html>')],
      { end: 'model-failed', problem: expect.stringContaining('<html>') },
    ],
    [
      'sends an error as an event',
      [(r) => r.writeHead(200, stream).end(event({ error: { message: 'overloaded' } }))],
      { end: 'model-failed', problem: expect.stringContaining('overloaded') },
    ],
    [
      'holds the answer back',
      [(r) => r.writeHead(200, stream).end(delta('No', { finish_reason: 'content_filter' }))],
      { end: 'model-refused', answer: null },
    ],
    [
      'refuses',
      [(r) => r.writeHead(200, json).end(answer('', { refusal: 'I will not' }))],
      { end: 'model-refused', problem: expect.stringContaining('I will not') },
    ],
    ['has no choices', [(r) => r.writeHead(200, json).end('{}')], { end: 'repeating' }],
    [
      'sends megabytes',
      [(r) => r.writeHead(200, json).end(answer('x'.repeat(9 * 2 ** 20)))],
      { end: 'model-failed' },
    ],
    [
      'sends 2 MB of text',
      [
        (r) =>
          r.writeHead(200, stream).end(Array.from({ length: 40 }, () => delta('y'.repeat(50_000))).join('')),
      ],
      { end: 'answered' },
    ],
  ])('that %s ends with the right word', async (_name, answers, expected) => {
    endpoint.says(...answers)
    expect(await run()).toMatchObject(expected)
  })
})

test('examples/agent.mjs solves a task, and says what is missing', async () => {
  const example = fileURLToPath(new URL('../../../examples/agent.mjs', import.meta.url))
  const start = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, [example, 'a task'], { env: { ...process.env, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const [status] = await once(child, 'close')
    return { status, said }
  }
  endpoint.says(block('final_answer(sum(range(10)))'))
  const solved = await start({ AGENT_BASE_URL: endpoint.baseUrl })
  expect(solved.said).toMatch(/answered after 1 steps and [\d.]+ s: 45/)
  expect(solved.status).toBe(0)
  expect(await start({})).toMatchObject({ status: 2, said: expect.stringContaining('AGENT_BASE_URL') })
})
