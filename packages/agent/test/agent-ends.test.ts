import { describe, expect, test } from 'vitest'
import { type AgentEvent, type AgentOptions, AgentOptionsError, streamAgent } from '../src/agent/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { agentFixture, block } from './fixtures/agent.ts'
import { type Answer, delta } from './fixtures/scripted-endpoint.ts'

const agent = agentFixture()
const named = (name: string) => ({ name, execute: () => null })

describe('runAgent() ends', () => {
  test('ends at its limits, with what is known so far', async () => {
    agent().endpoint.says(block('print("some")'))
    const steps = await agent().run({ limits: { maxSteps: 2 } })
    expect(steps).toMatchObject({ end: 'max-steps', answer: null })
    expect(steps.steps).toHaveLength(2)
    expect(await agent().run({ limits: { maxTokens: 150 } })).toMatchObject({ end: 'max-tokens' })
    agent().endpoint.says(block('while True: pass'))
    const seconds = await agent().run({ limits: { maxSeconds: 2 } })
    expect(seconds).toMatchObject({ end: 'max-seconds', answer: null })
    expect(seconds.steps[0]?.code).toBe('while True: pass')
  })

  test('the same mistake is told at the second time and ends it at the third, also by turns', async () => {
    agent().endpoint.says(block('1 / 0'))
    const same = await agent().run()
    expect(same).toMatchObject({ end: 'repeating', answer: null })
    expect(same.steps.map(({ observation }) => observation?.includes('Try something else'))).toEqual([
      false,
      true,
      false,
    ])
    agent().endpoint.says(...[0, 1, 2, 3, 4, 5].map((turn) => block(turn % 2 === 0 ? '1 / 0' : 'nope')))
    expect((await agent().run()).steps).toHaveLength(5)
    agent().endpoint.says('')
    expect(await agent().run()).toMatchObject({ end: 'repeating', problem: 'the model wrote nothing, twice' })
  })

  test('cancels: the model, and the code', async () => {
    agent().endpoint.says(block('print("so far")\nwhile True: pass'))
    const stop = new AbortController()
    let last: AgentEvent | undefined
    for await (const event of agent().stream({ signal: stop.signal })) {
      if (event.type === 'execution' && event.event.type === 'stdout') stop.abort()
      last = event
    }
    expect(last).toMatchObject({ type: 'finished', result: { end: 'cancelled', answer: null } })
    expect(agent().endpoint.asked).toHaveLength(1)
    agent().endpoint.says(() => {})
    expect(await agent().run({ signal: AbortSignal.timeout(200) })).toMatchObject({ end: 'cancelled' })
  })

  test('a turn that was broken off costs what came of it, and a question that was refused nothing', async () => {
    const begins: Answer = (response) =>
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(delta('x'.repeat(4000)))
    agent().endpoint.says(begins)
    const stop = new AbortController()
    let last: AgentEvent | undefined
    for await (const event of agent().stream({ signal: stop.signal })) {
      if (event.type === 'text') stop.abort()
      last = event
    }
    const known = { outputTokens: 1000, estimated: true }
    expect(last).toMatchObject({ result: { end: 'cancelled', usage: known, steps: [{}] } })
    agent().endpoint.says((response) => response.writeHead(401).end())
    const nothing = { inputTokens: 0, outputTokens: 0, estimated: false }
    expect(await agent().run()).toMatchObject({ end: 'model-failed', usage: nothing })
  })

  test('what the session lost is told', async () => {
    agent().endpoint.says(block('kept = 1'), block('import os\nos._exit(3)'), 'done')
    const { steps } = await agent().run()
    expect(steps[0]?.observation).not.toContain('restored')
    expect(steps[1]?.observation).toContain(
      'session: restored (crashed); variables and files are as they were',
    )
  })

  test('a session that is closed is a failure of the sandbox and no answer', async () => {
    agent().endpoint.says(block('1'))
    const session = agent().sandbox.session()
    await session.close()
    expect(await agent().run({ session })).toMatchObject({ end: 'sandbox-failed', answer: null })
  })

  test('input grows by the same with each of 30 steps of 20 KB', async () => {
    // Each of the same length, so that a step is as long as any other.
    const turns = Array.from({ length: 30 }, (_, turn) => block(`print("${turn + 10} " * 7000)`))
    agent().endpoint.says(...turns, 'done')
    const { steps } = await agent().run({ limits: { maxSteps: 31, observationChars: 30_000 } })
    expect(steps.slice(0, 30).every(({ observation }) => (observation?.length ?? 0) > 20_000)).toBe(true)
    const sizes = agent().endpoint.asked.map(({ body }) => JSON.stringify(body).length)
    expect(sizes).toHaveLength(31)
    // Three are whole; from then on each one more is one shortened more.
    const growth = sizes.slice(4).map((size, index) => size - (sizes[index + 3] ?? 0))
    expect(Math.max(...growth)).toBeLessThan(1500)
    expect(Math.max(...growth) - Math.min(...growth)).toBeLessThan(50)
  })

  test.each([
    [{ limits: { maxSteps: 0 } }, 'limits.maxSteps'],
    [{ task: '' }, 'task'],
    [{ tags: ['<b>'] }, 'tags.0'],
    [{ unknown: 1 }, 'Cannot use the options: Unrecognized key: "unknown"'],
    [{ model: {} }, 'model: must be a ChatModel'],
    [{ session: {} }, 'session: must be a session'],
    [{ tools: [named('class')] }, 'tools.0.name: is a word of Python'],
    [{ tools: [named('print')] }, 'tools.0.name: is the name of a builtin'],
    [{ tools: [named('a b')] }, 'tools.0.name: must be a name'],
    [{ tools: [named('a'), named('a')] }, 'tools.1.name: "a" is there twice'],
    [{ tools: [named('final_answer')] }, 'tools.0.name: "final_answer" is how the agent gives its answer'],
    [{ tools: [{ ...named('a'), parameters: null }] }, 'tools.0.parameters: must be a JSON Schema'],
    [{ tools: [{ name: 'a' }] }, 'tools.0.execute: must be a function'],
    [{ tools: [null] }, 'tools.0: must be a tool'],
  ])('options that cannot be are refused: %j', (wrong, problem) => {
    const model = openAiModel({ baseUrl: agent().endpoint.baseUrl, model: 'scripted' })
    const options = { model, session: agent().sandbox.session(), task: 'x', ...wrong } as AgentOptions
    expect(() => streamAgent(options)).toThrow(AgentOptionsError)
    expect(() => streamAgent(options)).toThrow(problem)
  })

  test.each(['not an address', 'ftp://example.com', ''])('a model has no address %j', (baseUrl) => {
    expect(() => openAiModel({ baseUrl, model: 'm' })).toThrow('must be an address of http or https')
  })
})
