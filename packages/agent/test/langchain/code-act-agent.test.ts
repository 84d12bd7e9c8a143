import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HumanMessage } from '@langchain/core/messages'
import { MemorySaver } from '@langchain/langgraph'
import { PyodideSandbox } from 'agentchat-sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../src/agent/index.ts'
import {
  type CodeActAgentOptions,
  createCodeActAgent,
  langChainModel,
  ToolOptionsError,
} from '../../src/langchain/index.ts'
import { openAiModel } from '../../src/openai/index.ts'
import { calling } from '../fixtures/calling-model.ts'
import { delta, ScriptedEndpoint } from '../fixtures/scripted-endpoint.ts'

let endpoint: ScriptedEndpoint
let sandbox: PyodideSandbox
let folder = ''

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start()
  sandbox = new PyodideSandbox({ timeoutSeconds: 20 })
  folder = mkdtempSync(join(tmpdir(), 'agentchat-generations-'))
})
afterAll(async () => {
  await sandbox.close()
  await endpoint[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const block = (code: string) => `Thinking.\n\`\`\`python\n${code}\n\`\`\``
const task = (text: string) => ({ messages: [new HumanMessage(text)] })
const thread = (id: string) => ({ configurable: { thread_id: id } })
const agentWith = (options: Partial<CodeActAgentOptions> = {}) =>
  createCodeActAgent({ model: calling(endpoint), sandbox, checkpointer: new MemorySaver(), ...options })

describe('createCodeActAgent()', () => {
  test('runs what the model writes until final_answer, over turns of a thread', async () => {
    const agent = agentWith()
    endpoint.says(block('x = 40\nprint("here")'), block('y = x + 2\ny'), block('final_answer({"it": y})'))
    const first = await agent.invoke(task('What is it?'), thread('a'))
    expect(first).toMatchObject({ end: 'answered', answer: { it: 42 }, problem: null })
    expect(first.messages.map(({ text }) => text.slice(0, 12))).toEqual([
      ...['What is it?', 'Thinking.\n``', 'status: succ', 'Thinking.\n``', 'status: succ'],
      ...['Thinking.\n``', 'status: succ', '{"it":42}'],
    ])
    expect(first.progress).toMatchObject({ step: 3, usage: { inputTokens: 300, outputTokens: 30 } })
    const contents = endpoint.asked[2]?.body.messages.map(({ content }) => content) ?? []
    expect(contents[0]).toContain('final_answer')
    expect(contents[3]).toContain('here')
    endpoint.says(block('x + y'), 'It is 82.')
    const second = await agent.invoke(task('And the sum?'), thread('a'))
    expect(second).toMatchObject({ end: 'answered', answer: 'It is 82.', progress: { step: 2 } })
    expect(second.messages.at(-2)?.text).toContain('82')
  })

  test('another agent, as after a restart, goes on, and an earlier checkpoint has the Python of then', async () => {
    const checkpointer = new MemorySaver()
    endpoint.says(block('n = 1'), block('n += 1'), block('n += 1'), 'done')
    await agentWith({ checkpointer }).invoke(task('count'), thread('b'))
    await using restarted = new PyodideSandbox()
    const agent = agentWith({
      checkpointer,
      sandbox: restarted,
      model: openAiModel({ baseUrl: endpoint.baseUrl, model: 'm' }),
    })
    const configs: {
      config: object
      values: { session_metadata?: { sequence?: number } | null; next?: unknown }
    }[] = []
    for await (const each of agent.getStateHistory(thread('b')))
      configs.push(each as (typeof configs)[number])
    endpoint.says(block('n * 100'), 'done')
    expect((await agent.invoke(task('now'), thread('b'))).messages.at(-2)?.text).toContain('result: 300')
    const earlier = configs.find(({ values }) => values.session_metadata?.sequence === 2)
    endpoint.says(block('n * 100'), 'done')
    expect((await agent.invoke(task('then'), earlier?.config)).messages.at(-2)?.text).toContain('result: 200')
  })

  test('a run that was broken off goes on from its last step', async () => {
    const agent = agentWith()
    endpoint.says(block('steps = ["one"]'), block('steps.append("two")\nwhile True: pass'))
    const stop = new AbortController()
    const running = agent.stream(task('x'), { ...thread('c'), signal: stop.signal, streamMode: 'custom' })
    await expect(
      (async () => {
        let codes = 0
        for await (const event of (await running) as AsyncIterable<AgentEvent>) {
          if (event.type === 'code') codes += 1
          if (codes === 2 && event.type === 'execution') stop.abort()
        }
      })(),
    ).rejects.toThrow()
    expect((await agent.getState(thread('c'))).next).toEqual(['python'])
    await agent.updateState(thread('c'), { messages: [new HumanMessage('Do not wait.')] }, 'begin')
    endpoint.says(block('final_answer(steps)'))
    expect(await agent.invoke(null, thread('c'))).toMatchObject({ end: 'answered', answer: ['one'] })
  })

  test('events come as they happen, and messages stream piece by piece', async () => {
    endpoint.says(block('print("out")'), 'It is done.')
    const seen: AgentEvent[] = []
    let words = ''
    const stream = await agentWith().stream(task('x'), { ...thread('d'), streamMode: ['custom', 'messages'] })
    for await (const [mode, chunk] of stream as AsyncIterable<[string, unknown]>) {
      if (mode === 'custom') seen.push(chunk as AgentEvent)
      else words += (chunk as [{ text: string }])[0].text
    }
    const kinds = seen.map((each) => (each.type === 'execution' ? each.event.type : each.type))
    expect([...new Set(kinds)].filter((kind) => kind !== 'usage')).toEqual([
      ...['text', 'code', 'started', 'stdout', 'observation'],
    ])
    expect(words).toContain('It is done.')
  })

  test('ends at its limits and at what goes wrong, with what is known so far', async () => {
    endpoint.says(block('print("some")\nimport random\nrandom.random()'))
    expect(await agentWith({ limits: { maxSteps: 2 } }).invoke(task('x'), thread('e'))).toMatchObject({
      ...{ end: 'max-steps', answer: null, problem: 'no answer in 2 steps', progress: { step: 2 } },
    })
    expect(await agentWith({ limits: { maxTokens: 150 } }).invoke(task('x'), thread('e'))).toMatchObject({
      end: 'max-tokens',
    })
    endpoint.says(block('1 / 0'))
    const same = await agentWith().invoke(task('x'), thread('e'))
    expect(same).toMatchObject({ end: 'repeating', progress: { step: 3 } })
    endpoint.says(block('while True: pass'))
    const late = await agentWith({ limits: { maxSeconds: 2 } }).invoke(task('x'), thread('e'))
    expect(late).toMatchObject({ end: 'max-seconds', answer: null })
    endpoint.says((response) => response.writeHead(401).end('{"error":{"message":"bad key"}}'))
    const failed = await agentWith().invoke(task('x'), thread('e'))
    expect(failed).toMatchObject({ end: 'model-failed', problem: expect.stringContaining('401') })
    endpoint.says((response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(delta('The answer'))
      setTimeout(() => response.destroy(), 50)
    })
    const broken = await agentWith().invoke(task('x'), thread('broken'))
    expect(broken).toMatchObject({ end: 'model-failed', answer: null, progress: { step: 1 } })
    expect(broken.messages.at(-1)?.text).toBe('The answer')
    expect(broken.progress.usage.outputTokens).toBeGreaterThan(0)
    endpoint.says('')
    expect(await agentWith().invoke(task('x'), thread('e'))).toMatchObject({ end: 'repeating' })
  })

  test('a large session goes to the store, and input grows by the same with each step', async () => {
    const agent = agentWith({ sessionStore: folder, maxStateBytes: 100_000 })
    const turns = Array.from({ length: 10 }, (_, n) =>
      block(`import random\nb${n} = random.randbytes(30_000)\nprint("${n} " * 7000)`),
    )
    endpoint.says(...turns, block('final_answer(len(b0))'))
    const all = await agent.invoke(task('x'), thread('f'))
    expect(all.answer).toBe(30_000)
    expect(all.session_bytes).toMatch(/^generation:/)
    const sizes = endpoint.asked.map(({ body }) => JSON.stringify(body).length)
    expect(sizes[10]).toBeLessThan((sizes[4] ?? 0) + 6 * 1500)
  })

  test('tools of the host are functions, and options that cannot be are refused', async () => {
    endpoint.says(block('final_answer(double(21))'))
    const double = {
      name: 'double',
      description: 'Doubles.',
      execute: ({ n }: { n?: unknown }) => Number(n) * 2,
    }
    const tools = [{ ...double, parameters: { type: 'object', properties: { n: { type: 'integer' } } } }]
    expect(await agentWith({ tools }).invoke(task('x'), thread('g'))).toMatchObject({ answer: 42 })
    expect(() => agentWith({ limits: { maxSteps: 0 } })).toThrow(ToolOptionsError)
    expect(() => agentWith({ modle: 1 } as object)).toThrow('modle')
  })
})

describe('langChainModel()', () => {
  const said = async (answer: Parameters<ScriptedEndpoint['says']>[0], options = {}) => {
    endpoint.says(answer)
    const pieces = langChainModel(calling(endpoint), options).stream([{ role: 'user', content: 'x' }], {
      signal: new AbortController().signal,
    })
    const all = []
    for await (const each of pieces) all.push(each)
    return all
  }

  test('gives text and usage', async () => {
    const pieces = await said('Twenty one')
    expect(pieces.map((each) => (each.type === 'text' ? each.text : '')).join('')).toBe('Twenty one')
    expect(pieces.at(-1)).toEqual({ type: 'usage', inputTokens: 100, outputTokens: 10 })
  })

  test('a model that says nothing in time, fails or holds back is an error of the right kind', async () => {
    await expect(said(() => {}, { timeoutSeconds: 0.3 })).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('0.3 s'),
    })
    await expect(said((r) => r.writeHead(500).end('no'))).rejects.toMatchObject({ kind: 'failed' })
    const held = { choices: [{ index: 0, delta: { content: 'No' }, finish_reason: 'content_filter' }] }
    await expect(
      said((r) =>
        r.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(`data: ${JSON.stringify(held)}\n\n`),
      ),
    ).rejects.toMatchObject({ kind: 'refused' })
  })
})
