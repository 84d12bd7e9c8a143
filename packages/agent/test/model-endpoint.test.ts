import { describe, expect, test } from 'vitest'
import { agentFixture } from './fixtures/agent.ts'
import { delta, event, type ScriptedEndpoint } from './fixtures/scripted-endpoint.ts'

const agent = agentFixture()

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
    [
      'answers nothing in time',
      [() => {}],
      { end: 'model-failed', problem: expect.stringContaining('nothing came within 2 s'), steps: [{}] },
    ],
    [
      'sends half a fence',
      [(r) => r.writeHead(200, stream).end(delta('Thinking.\n```python\nfinal_answer(6 * 7)\n``'))],
      { end: 'answered', answer: 42 },
    ],
    [
      'breaks off within the code, of which nothing runs',
      [
        (r) => {
          r.writeHead(200, stream).write(delta('```python\nfinal_answer(1)\n'))
          setTimeout(() => r.destroy(), 50)
        },
      ],
      {
        end: 'model-failed',
        answer: null,
        steps: [{ text: '```python\nfinal_answer(1)\n', observation: null }],
      },
    ],
    [
      'tells half of the usage',
      [
        (r) =>
          r.writeHead(200, json).end(
            JSON.stringify({
              ...JSON.parse(answer('42')),
              usage: { prompt_tokens: 5, completion_tokens: null },
            }),
          ),
      ],
      { end: 'answered', answer: '42', usage: { estimated: true } },
    ],
    [
      'tells a usage below nothing',
      [
        (r) =>
          r.writeHead(200, stream).end(delta('42', { usage: { prompt_tokens: -1e9, completion_tokens: 1 } })),
      ],
      { end: 'answered', answer: '42', usage: { estimated: true } },
    ],
    [
      'says in no header that it streams',
      [(r) => r.writeHead(200).end(`: hello\n\n${delta('4')}${delta('2')}${event('[DONE]')}`)],
      { end: 'answered', answer: '42' },
    ],
    [
      'streams with the header of a document, and without the last empty line',
      [(r) => r.writeHead(200, json).end(`${delta('4')}${delta('2').trim()}`)],
      { end: 'answered', answer: '42' },
    ],
    [
      'sends thoughts in a form of its own, and an empty choice',
      [
        (r) =>
          r
            .writeHead(200, stream)
            .end(
              event({ choices: [null] }) +
                event({ choices: [{ delta: { reasoning: { steps: [1] }, content: '42' } }] }),
            ),
      ],
      { end: 'answered', answer: '42' },
    ],
    [
      'leaves its thoughts in the text',
      ['<think>\nI could run\n```python\n1 / 0\n```\n</think>\nIt is 42.'],
      { end: 'answered', answer: 'It is 42.' },
    ],
    [
      'cuts the answer, and then gives all of it',
      [(r) => r.writeHead(200, stream).end(delta('The answer is fo', { finish_reason: 'length' })), '42'],
      { end: 'answered', answer: '42', steps: [{ text: 'The answer is fo' }, {}] },
    ],
    [
      'cuts every answer',
      [(r) => r.writeHead(200, stream).end(delta('The answer is fo', { finish_reason: 'length' }))],
      { end: 'repeating', answer: null, problem: expect.stringContaining('limit of its length') },
    ],
  ])('that %s ends with the right word', async (_name, answers, expected) => {
    agent().endpoint.says(...answers)
    expect(await agent().run()).toMatchObject(expected)
  })

  test('that says when to come again is asked then, at most three times', async () => {
    const times: number[] = []
    agent().endpoint.says((response) => {
      times.push(performance.now())
      // The first pause would be one second without it, and the second two.
      const after = times.length === 1 ? '2' : new Date(Date.now() - 1000).toUTCString()
      response.writeHead(503, { 'Retry-After': after }).end()
    })
    expect(await agent().run()).toMatchObject({ end: 'model-failed' })
    const [first = 0, second = 0, third = 0, ...more] = times
    expect(second - first).toBeGreaterThan(1900)
    expect(third).toBeGreaterThan(second)
    expect(more).toEqual([])
  })
})
