import type { Tool } from 'agentchat-sandbox'
import { describe, expect, test } from 'vitest'
import { type AgentEvent, streamAgent } from '../src/agent/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { agentFixture, block } from './fixtures/agent.ts'

const agent = agentFixture()

describe('runAgent()', () => {
  test('runs what the model writes, in one session, until final_answer', async () => {
    agent().endpoint.says(
      block('x = 40\nprint("here")'),
      block('y = x + 2\ny'),
      block('final_answer({"it": y})'),
    )
    const result = await agent().run()
    expect(result).toMatchObject({ end: 'answered', answer: { it: 42 }, problem: null })
    expect(result.steps.map(({ code }) => code)).toEqual([
      'x = 40\nprint("here")',
      'y = x + 2\ny',
      'final_answer({"it": y})',
    ])
    expect(result.usage).toEqual({ inputTokens: 300, outputTokens: 30, estimated: false })
    const [, , third] = agent().endpoint.asked
    const contents = third?.body.messages.map(({ content }) => content) ?? []
    expect(contents[1]).toBe('What is it?')
    expect(contents[3]).toContain('here')
    expect(contents[5]).toContain('42')
    expect(third?.headers.authorization).toBe('Bearer secret-key')
  })

  test('a message without code is an answer', async () => {
    agent().endpoint.says(block('6 * 7'), 'It is **42**.')
    expect(await agent().run()).toMatchObject({ end: 'answered', answer: 'It is **42**.' })
  })

  test.each(['except BaseException', 'except', 'finally'])('%s cannot hold the answer', async (keyword) => {
    agent().endpoint.says(
      block(
        `print("before")\ntry:\n    final_answer(1)\n${keyword}:\n    print("held")\nprint("later")\nfinal_answer(2)`,
      ),
    )
    const { end, answer, steps } = await agent().run()
    expect({ end, answer }).toEqual({ end: 'answered', answer: 1 })
    expect(steps[0]?.observation).toContain('before')
    expect(steps[0]?.observation).not.toMatch(/held|later/)
  })

  test('the model is told of an error, of output, and of several blocks', async () => {
    agent().endpoint.says(`${block('print("first")')}\n${block('1 / 0')}`, 'done')
    const { steps } = await agent().run()
    expect(steps[0]?.observation).toMatch(/first[\s\S]*ZeroDivisionError[\s\S]*2 blocks/)
    expect(agent().endpoint.asked[1]?.body.messages.at(-1)?.content).toBe(steps[0]?.observation)
  })

  test('tools of the host are functions, and the model is told of them', async () => {
    const double: Tool = {
      name: 'double',
      description: 'Doubles a number.',
      parameters: {
        type: 'object',
        properties: { n: { type: 'integer' }, unit: { type: ['string', 'null'] }, any: {} },
        required: ['n'],
      },
      execute: ({ n }) => Number(n) * 2,
    }
    agent().endpoint.says(block('final_answer(double(21))'))
    expect(
      await agent().run({ tools: [double], packages: ['numpy'], files: ['a.csv', 'b.csv'] }),
    ).toMatchObject({ answer: 42 })
    const prompt = agent().endpoint.asked[0]?.body.messages[0]?.content
    expect(prompt).toContain('- double(n: int, unit: str | None = ..., any=...): Doubles a number.')
    expect(prompt).toContain('its standard library and these packages: numpy.')
    expect(prompt).toContain('These files lie in the working folder: a.csv, b.csv.')
    expect(prompt).toContain('You are asked at most 20 times.')
  })

  test('events come as they happen, and final_answer is none of them', async () => {
    agent().endpoint.says(block('print("out")'), block('final_answer(0)'))
    await using session = agent().sandbox.session()
    const model = openAiModel({ baseUrl: agent().endpoint.baseUrl, model: 'scripted' })
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
})
