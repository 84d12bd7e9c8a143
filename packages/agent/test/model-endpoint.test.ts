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
  ])('that %s ends with the right word', async (_name, answers, expected) => {
    agent().endpoint.says(...answers)
    expect(await agent().run()).toMatchObject(expected)
  })
})
