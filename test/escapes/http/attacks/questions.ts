import { type Attack, attacksOf, nested, REFUSED } from '../attack.ts'
import type { Behaviour } from '../hostile-servers.ts'
import { stopped } from './readers.ts'

const LONG = 15_000
const ASKED = [200, 403, 404, 409, 429, ...REFUSED]

const VALUES = [
  ...['%00', '%ff', '', '-1', '1e9', '99999999999999999999', '0x10', 'NaN', "'%20or%201=1--", '%F0%9F%98%80'],
  ...['*'.repeat(5000), '9'.repeat(300), 'a.'.repeat(7000), '../'.repeat(4000), '2026-01-01T00:00:00.000Z'],
]

/** All values, as each of these names of a query. */
function asked(path: string, names: readonly string[]): Omit<Attack, 'id'> {
  return {
    answers: ASKED,
    run: async ({ attacker }) =>
      await Promise.all(
        names.flatMap((name) => VALUES.map((value) => attacker.send('GET', `${path}?${name}=${value}`))),
      ),
  }
}

/** A document is asked for that a server of the attacker gives, four times at once. */
function previewed(behave: Behaviour): Omit<Attack, 'id'> {
  return {
    answers: [200, 422, 429, 502],
    run: async ({ attacker, servers }) => {
      const url = await servers.url(behave)
      const ask = () => attacker.send('POST', 'tools/preview', { json: { url: `${url}/a` } })
      return await Promise.all([ask(), ask(), ask(), ask()])
    },
  }
}

/** Code is read and not run. */
function inspected(code: () => string): Omit<Attack, 'id'> {
  return {
    answers: ASKED,
    run: async ({ attacker }) =>
      await attacker.send('POST', 'executions?dryRun=true', { json: { code: code() } }),
  }
}

const text =
  (body: () => string): Behaviour =>
  (_, response) =>
    response.writeHead(200).end(body())

/** What is asked of lists, figures, documents elsewhere and code that is not run. */
export const questions = attacksOf('question', {
  'of-the-audit': asked('audit', [
    ...['cursor', 'limit', 'action', 'outcome', 'resourceId', 'actorId', 'apiKeyId', 'from', 'to', 'scope'],
  ]),
  'of-heads': asked('audit/head', ['since', 'format']),
  'of-an-export': asked('audit/export', ['format', 'from']),
  'of-anomalies': asked('anomalies', ['state', 'rule', 'cursor', 'limit']),
  'of-runs-of-agents': asked('agent/runs', ['status', 'cursor', 'limit', 'scope']),
  'of-batches': asked('batches', ['status', 'cursor', 'limit', 'scope']),
  'with-a-thousand-names': {
    answers: ASKED,
    run: async ({ attacker }) => {
      const query = Array.from({ length: 1000 }, (_, n) => `k${n}=${n}`).join('&')
      const same = 'action=a&'.repeat(1500)
      return await Promise.all(
        ['audit', 'anomalies', 'batches', 'agent/runs'].flatMap((path) => [
          attacker.send('GET', `${path}?${query}`),
          attacker.send('GET', `${path}?${same}`),
          attacker.send('GET', `${path}/${'x'.repeat(LONG)}`),
        ]),
      )
    },
  },
  'of-figures-by-many': stopped(
    60,
    () => 'GET /api/v1/stats/live HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n\r\n',
  ),
  'of-an-export-by-many': stopped(
    60,
    () => 'GET /api/v1/audit/export HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n\r\n',
  ),
  'preview-deep': previewed(text(() => nested(400_000))),
  'preview-wide': previewed(text(() => `{"openapi":"3.1.0","paths":[${'{},'.repeat(300_000)}0]}`)),
  'preview-flat': previewed(text(() => Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n'))),
  'preview-of-anchors': previewed(
    text(
      () =>
        `a0: &a0 [x]\n${Array.from({ length: 60 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n},*a${n}]`).join('\n')}`,
    ),
  ),
  'preview-of-lines': previewed(text(() => '\n'.repeat(900_000))),
  'preview-of-bytes': previewed((_, response) => response.writeHead(200).end(Buffer.alloc(2 ** 19, 0xff))),
  'preview-of-nothing': previewed((_, response) => response.writeHead(204).end()),
  'preview-in-a-circle': previewed((_, response) => response.writeHead(302, { location: '/a' }).end()),
  'preview-of-the-inside': previewed((_, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  ),
  'preview-that-ends': previewed((incoming) => incoming.socket.destroy()),
  'inspect-brackets': inspected(() => nested(90_000, '(', ')', '1')),
  'inspect-a-sum': inspected(() => `x = ${'1+'.repeat(200_000)}1`),
  'inspect-imports': inspected(() => Array.from({ length: 60_000 }, (_, n) => `import m${n}`).join('\n')),
  'inspect-strings': inspected(() => Array.from({ length: 40_000 }, (_, n) => `open("f${n}")`).join('\n')),
  'inspect-hosts': inspected(() =>
    Array.from({ length: 40_000 }, (_, n) => `get("https://h${n}.example/")`).join('\n'),
  ),
  'inspect-names-that-are-long': inspected(() => `import ${'a.'.repeat(LONG)}b, ${'x'.repeat(2e6)}`),
  'inspect-blocks': inspected(() =>
    Array.from({ length: 90 }, (_, n) => `${' '.repeat(n)}if 1:`)
      .join('\n')
      .concat(`\n${' '.repeat(90)}pass`),
  ),
})
