import { expect, test } from 'vitest'
import { type Answer, event } from '../../../../agent/test/fixtures/scripted-endpoint.ts'
import { block, type ScriptedAgents } from './scripted-agents.ts'

/** Bodies that are refused, each with the field that is wrong and a part of what is said of it. */
const REFUSED: readonly (readonly [body: object | string, path: string, problem: string])[] = [
  ...['a\0b', '\ud800'].map((task) => [{ task }, 'task', 'must not hold U+0000'] as const),
  [{ task: null }, 'task', 'expected string'],
  [{ task: 'x'.repeat(100_001) }, 'task', '100000'],
  ...['__proto__', 'constructor', '\0', '\ud800', ''].map(
    (model) => [{ model }, 'model', 'must be one of: scripted'] as const,
  ),
  [{ tools: ['double', { tool: 'double', approve: true }] }, 'tools', 'names a tool twice'],
  [{ tools: ['double', '__proto__'] }, 'tools.1', 'there is no tool "__proto__"'],
  [{ tools: ['a b'] }, 'tools.0', 'must be the name or identifier'],
  [{ tools: [null] }, 'tools.0', 'must be the name of a tool, or an object'],
  [{ tools: [{ tool: 'double', approve: 1 }] }, 'tools.0', '"approve", which is true or false'],
  [{ tools: Array.from({ length: 65 }, (_, n) => `t${n}`) }, 'tools', '64'],
  ...[0, -1, 1.5, 1001, 1e308, '5', null].map(
    (maxSteps) => [{ limits: { maxSteps } }, 'limits.maxSteps', ''] as const,
  ),
  ...[0, -1, 1.5, 2 ** 53, 1e308].map(
    (maxTokens) => [{ limits: { maxTokens } }, 'limits.maxTokens', ''] as const,
  ),
  ...['maxSeconds', 'stepSeconds', 'approveSeconds'].flatMap((name) =>
    [0, -1, 1e308, '5'].map((value) => [{ limits: { [name]: value } }, `limits.${name}`, ''] as const),
  ),
  ['{"task":"x","limits":{"maxSteps":1e999}}', 'limits.maxSteps', 'Infinity'],
  [{ limits: { maxStep: 1 } }, 'limits', 'maxStep'],
  [{ files: [{ path: 'a\0b', text: '' }] }, 'files.0.path', 'NUL'],
  [{ files: [{ path: '\ud800', text: '' }] }, 'files.0.path', 'well-formed'],
  [{ files: [{ path: '../x', text: '' }] }, 'files.0.path', '".."'],
  [{ files: [{ path: 'x' }] }, 'files.0', 'either "text" or "base64"'],
  [{ sessionId: 'a\0' }, 'sessionId', 'pattern'],
  [{ from: { run: 'x', step: 1e308 } }, 'from.step', ''],
  ['{"task":"x","__proto__":{"model":"y"}}', '', '__proto__'],
  ['{"task":"x","task":"y"}', 'task', 'twice'],
  ['[]', '', 'expected object'],
]

/** Texts that no database and no JSON of others takes as they are. */
const NUL = 'nothing \0 of it'

/** What a run is told that is odd, and what its model and its code say. */
export function oddValues(agents: () => ScriptedAgents): void {
  test('each odd value is refused by the name of its field, and nothing begins', async () => {
    agents().endpoint.says('done')
    const found = []
    for (const [body] of REFUSED) {
      const sent = typeof body === 'string' ? body : { task: 'x', ...body }
      const answer = await agents().api()('POST', 'agent/runs', sent)
      found.push([answer.status, answer.body.problems?.[0]])
    }
    expect(found).toEqual(
      REFUSED.map(([, path, problem]) => [422, { path, problem: expect.stringContaining(problem) }]),
    )
    expect(agents().endpoint.asked).toEqual([])
  })

  test('a tool by its name and by its identifier is one tool, named twice', async () => {
    const { items } = (await agents().api()('GET', 'tools')).body
    const { body } = await agents().run({ tools: ['double', items[0]?.id] })
    const problem = 'the code would have two functions named "double"'
    expect(body.problems).toEqual([{ path: 'tools.1', problem }])
  })

  test('a run that may take no time ends at once, and files may have the names of properties', async () => {
    agents().endpoint.says(block('final_answer(open("__proto__").read())'))
    expect((await agents().run({ limits: { maxSeconds: 1e-300 } })).body.status).toBe('max-seconds')
    const files = [{ path: '__proto__', text: 'read' }]
    expect((await agents().run({ files })).body).toMatchObject({ status: 'answered', answer: 'read' })
  })

  const json = (body: object, status = 200): Answer => {
    const headers = { 'Content-Type': 'application/json' }
    return (response) => response.writeHead(status, headers).end(JSON.stringify(body))
  }
  test.each<[string, Answer, object]>([
    ['an answer', 'a\0b\ud800', { status: 'answered', answer: 'a\0b\ud800' }],
    ['an answer of code', block('final_answer("\\0\\ud800")'), { status: 'answered', answer: '\0\ud800' }],
    ['code', block('x = "\0"'), { status: 'repeating', problem: expect.any(String) }],
    ['output', block('print("\\0")\nfinal_answer(1)'), { status: 'answered', answer: 1 }],
    ['a refusal', json({ error: NUL }, 400), { status: 'model-failed' }],
    [
      'what the endpoint says in place of an answer',
      (response) => response.writeHead(400).end(NUL),
      { status: 'model-failed', problem: expect.stringContaining('nothing \ufffd of it') },
    ],
    [
      'why the model refuses',
      json({ choices: [{ message: { refusal: NUL } }] }),
      { status: 'model-refused', problem: expect.stringContaining('nothing \ufffd of it') },
    ],
    [
      'an event that is an error',
      (response) =>
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(event({ error: NUL })),
      { status: 'model-failed' },
    ],
  ])('U+0000 and half a character in %s: the run ends, and can be read', async (_where, said, expected) => {
    agents().endpoint.says(said)
    const { body } = await agents().run({})
    expect(body).toMatchObject(expected)
    expect((await agents().api()('GET', `agent/runs/${body.id}`)).body).toEqual(body)
  })
}
