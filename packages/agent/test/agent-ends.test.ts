import { describe, expect, test } from 'vitest'
import { AgentOptionsError, streamAgent } from '../src/agent/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { agentFixture, block } from './fixtures/agent.ts'

const agent = agentFixture()

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
    const running = agent().run({ signal: stop.signal })
    await expect.poll(() => agent().endpoint.asked.length).toBe(1)
    setTimeout(() => stop.abort(), 500)
    expect(await running).toMatchObject({ end: 'cancelled', answer: null })
    agent().endpoint.says(() => {})
    expect(await agent().run({ signal: AbortSignal.timeout(200) })).toMatchObject({ end: 'cancelled' })
  })

  test('a session that is closed is a failure of the sandbox and no answer', async () => {
    agent().endpoint.says(block('1'))
    const session = agent().sandbox.session()
    await session.close()
    expect(await agent().run({ session })).toMatchObject({ end: 'sandbox-failed', answer: null })
  })

  test('input grows by the same with each step', async () => {
    agent().endpoint.says(
      ...Array.from({ length: 30 }, (_, turn) => block(`print("${turn} " * 7000)`)),
      'done',
    )
    await agent().run({ limits: { maxSteps: 31 } })
    const sizes = agent().endpoint.asked.map(({ body }) => JSON.stringify(body).length)
    expect(sizes).toHaveLength(31)
    expect(sizes[30]).toBeLessThan((sizes[4] ?? 0) + 26 * 1500)
  })

  test.each([
    [{ limits: { maxSteps: 0 } }, 'limits.maxSteps'],
    [{ task: '' }, 'task'],
    [{ tags: ['<b>'] }, 'tags.0'],
    [{ unknown: 1 }, 'unknown'],
  ])('options that cannot be are refused: %j', (wrong, named) => {
    const model = openAiModel({ baseUrl: agent().endpoint.baseUrl, model: 'scripted' })
    const options = { model, session: agent().sandbox.session(), task: 'x', ...wrong }
    expect(() => streamAgent(options)).toThrow(AgentOptionsError)
    expect(() => streamAgent(options)).toThrow(named)
  })
})
