import { type Attack, attacksOf, REFUSED, type World } from '../attack.ts'
import { type Answer, unanswered } from '../caller.ts'

const LIMITED = [200, 201, 202, 204, 404, 409, 429, 503, ...REFUSED]
/** More of one thing than anybody needs. */
const MANY = 300
const AT_ONCE = 10
const TOOL = {
  kind: 'openapi',
  definition: {
    baseUrl: 'https://example.com',
    document: {
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } },
    },
  },
}
const SPIN = 'import time\nend = time.time() + 8\nwhile time.time() < end: pass\n'

/** Makes so many of something, until it is refused; that it is refused in the end is demanded. */
function bounded(make: (world: World, index: number) => Promise<Answer>): Omit<Attack, 'id'> {
  return {
    answers: LIMITED,
    run: async (world) => {
      const answers: Answer[] = []
      for (let n = 0; n < MANY; n += AT_ONCE) {
        answers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => make(world, n + k)))))
        if (answers.some(({ status }) => status >= 400)) return answers
      }
      return [...answers, unanswered(`${MANY} of it are there, and nothing refused them`)]
    },
  }
}

/** So many requests at once. */
function atOnce(count: number, make: (world: World, index: number) => Promise<Answer>): Omit<Attack, 'id'> {
  return {
    answers: LIMITED,
    run: async (world) => await Promise.all(Array.from({ length: count }, (_, index) => make(world, index))),
  }
}

/** More things than a quota allows. Their user has none left for others: nobody else comes by this road. */
export const hoards = attacksOf('hoard', {
  keys: bounded(({ attacker }) =>
    attacker.send('POST', 'api-keys', { json: { name: 'k', scopes: ['execute'] } }),
  ),
  tools: bounded(({ attacker }, n) => attacker.send('POST', 'tools', { json: { ...TOOL, name: `t${n}` } })),
  sessions: bounded(({ attacker }) => attacker.send('POST', 'sessions', { json: {} })),
})

/** Much of everything. */
export const quantities = attacksOf('many', {
  versions: {
    answers: LIMITED,
    run: async ({ attacker, tool }) => {
      const { id } = await tool(TOOL)
      const answers: Answer[] = []
      for (let n = 0; n < MANY; n += 1) {
        const { headers } = await attacker.send('GET', `tools/${id}`)
        const changed = { json: { description: `d${n}` }, headers: { 'if-match': String(headers.etag) } }
        const answer = await attacker.send('PATCH', `tools/${id}`, changed)
        answers.push(answer)
        if (answer.status !== 200) break
      }
      return answers
    },
  },
  executions: atOnce(200, ({ attacker }) =>
    attacker.send('POST', 'executions', { json: { code: '1' }, headers: { prefer: 'respond-async' } }),
  ),
  'idempotency-keys': atOnce(200, ({ attacker }, n) =>
    attacker.send('POST', 'executions', {
      json: { code: '' },
      headers: { prefer: 'respond-async', 'idempotency-key': `k${n % 100}` },
    }),
  ),
  'one-idempotency-key': atOnce(50, ({ attacker }, n) =>
    attacker.send('POST', 'executions', {
      json: { code: `${n}` },
      headers: { prefer: 'respond-async', 'idempotency-key': 'same' },
    }),
  ),
  'tools-that-spin': atOnce(40, ({ attacker }, n) =>
    attacker.send('POST', 'tools', {
      json: {
        ...{ name: `spin${n}`, kind: 'python', limits: { timeoutSeconds: 1 } },
        definition: { code: `${SPIN}def main(): pass\n` },
      },
    }),
  ),
  'sessions-that-spin': atOnce(12, async ({ attacker }) => {
    const made = await attacker.send('POST', 'sessions', { json: {} })
    if (made.status !== 201) return made
    const { id } = JSON.parse(made.text)
    const code = 'import asyncio\nasync def spin():\n    while True: pass\nasyncio.ensure_future(spin())\n1'
    const answer = await attacker.send('POST', `sessions/${id}/executions`, {
      json: { code, timeoutSeconds: 1 },
    })
    await attacker.send('DELETE', `sessions/${id}`)
    return answer
  }),
  'lists-at-once': atOnce(300, ({ attacker }, n) =>
    attacker.send('GET', ['executions', 'tools?scope=all', 'sessions', 'audit', 'api-keys'][n % 5] ?? ''),
  ),
  'lists-that-match-nothing': atOnce(100, ({ attacker }, n) =>
    attacker.send('GET', `audit?action=none.${n}&resourceId=x${n}&limit=100`),
  ),
  'refusals-at-once': atOnce(300, ({ attacker }) => attacker.send('POST', 'executions', { json: {} })),
  'strangers-at-once': atOnceOfNobody(300, 'tools', 401),
  'descriptions-at-once': atOnceOfNobody(100, '/api/openapi.json', 200),
  'pages-at-once': atOnceOfNobody(100, '/api/docs', 200),
  'counters-at-once': {
    answers: [200, 401, 403, 404],
    run: async ({ stranger }) =>
      await Promise.all(Array.from({ length: 100 }, () => stranger.send('GET', '/metrics'))),
  },
})

function atOnceOfNobody(count: number, path: string, status: number): Omit<Attack, 'id'> {
  return {
    answers: [status, 429],
    run: async ({ stranger }) =>
      await Promise.all(Array.from({ length: count }, () => stranger.send('GET', path))),
  }
}
