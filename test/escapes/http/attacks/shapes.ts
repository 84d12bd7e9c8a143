import { type Attack, attacksOf, listed, nested, REFUSED, type World } from '../attack.ts'

/** Below the limit of a request. */
const LARGE = 3.9e6
const ANSWERS = [200, 201, 202, 204, 403, 404, 409, 410, 428, 429, 502, ...REFUSED]

/** Values that are hostile wherever they stand. */
const SHAPES: readonly (() => string)[] = [
  () => nested(100_000),
  () => nested(95, '{"a":', '}', '1'),
  () => `[${listed(LARGE / 3, () => '[]')}]`,
  () => `{${listed(LARGE / 12, (n) => `"k${n}":0`)}}`,
  () => `{${listed(LARGE / 6, () => '"a":0')}}`,
  () => `[${listed(LARGE / 30, (n) => `{"id":${n},"name":"n"}`)}]`,
  () => `"${'s'.repeat(LARGE)}"`,
  () => `"${'\\u0000'.repeat(9000)}"`,
  () => `"${'a@'.repeat(4000)}"`,
  () => `"http://${'%2e.'.repeat(450)}/"`,
  () => '"\\ud800"',
  () => '9'.repeat(4000),
  () => '-1e999',
  () => '{"__proto__":{"polluted":1},"toJSON":1,"then":1}',
  () => `{"${'k'.repeat(60_000)}":null}`,
]

/** Where such a value is sent: the method, the path, and the body around it. */
type Place = (
  value: string,
  world: World,
) => readonly [string, string, string] | Promise<readonly [string, string, string]>

const post =
  (path: string, body: (value: string) => string): Place =>
  (value) => ['POST', path, body(value)]

const ofTool =
  (method: string, rest: string, body: (value: string) => string): Place =>
  async (value, { tool }) => {
    const { id } = await tool({ kind: 'python', definition: { code: 'def main(): pass' } })
    return [method, `tools/${id}/${rest}`, body(value)]
  }

const ofSession =
  (method: string, rest: string, body: (value: string) => string): Place =>
  async (value, { session }) => [method, `sessions/${await session()}/${rest}`, body(value)]

const secret = (value: string, hosts = '["api.example.com"]') => `{"value":${value},"hosts":${hosts}}`

const mcp = (params: string, method = 'tools/call') =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`

const PLACES: Readonly<Record<string, Place>> = {
  'of-a-preview': post('tools/preview', (value) => `{"document":${value}}`),
  'of-the-url-of-a-preview': post('tools/preview', (value) => `{"url":${value}}`),
  'beside-a-preview': post('tools/preview', (value) => `{"document":"{}","more":${value}}`),
  'of-a-secret-of-a-tool': ofTool('PUT', 'secrets/A', (value) => secret(value)),
  'of-the-hosts-of-a-secret': ofTool('PUT', 'secrets/A', (value) => secret('"secret-1"', `[${value}]`)),
  'of-a-secret-of-a-session': ofSession('PUT', 'secrets/A', (value) => secret(value)),
  'of-the-secrets-of-a-request': post('executions', (value) => `{"code":"1","secrets":{"A":${value}}}`),
  'of-code-that-is-inspected': post('executions?dryRun=true', (value) => `{"code":${value}}`),
  'of-permissions-that-are-inspected': post(
    'executions?dryRun=true',
    (value) => `{"code":"1","permissions":{"allowNet":${value}}}`,
  ),
  'of-a-verdict-on-an-anomaly': post('anomalies/ano_1/dismiss', (value) => value),
  'of-an-approval': post('agent/runs/agt_1/approvals/1', (value) => `{"allow":${value}}`),
  'of-the-task-of-an-agent': post('agent/runs', (value) => `{"task":${value}}`),
  'of-the-tools-of-an-agent': post('agent/runs', (value) => `{"task":"1","tools":[${value}]}`),
  'of-the-files-of-an-agent': post('agent/runs', (value) => `{"task":"1","files":[${value}]}`),
  'of-a-batch': post('batches', (value) => `{"programs":${value}}`),
  'of-a-program-of-a-batch': post('batches', (value) => `{"programs":[{"code":${value}}]}`),
  'of-a-rewind': ofSession('POST', 'rewind', (value) => `{"sequence":${value}}`),
  'of-an-audit-to-verify': post('audit/verify', (value) => value),
  'of-a-recount': post('quotas/recount', (value) => value),
  'of-a-call-over-mcp': post('/mcp', (value) =>
    mcp(`{"name":"execute_python","arguments":{"code":${value}}}`),
  ),
  'of-an-answer-over-mcp': post(
    '/mcp',
    (value) => `{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":${value}}}`,
  ),
  'of-what-mcp-is-begun-with': post('/mcp', (value) =>
    mcp(
      `{"protocolVersion":"2025-11-25","capabilities":{"elicitation":${value}},"clientInfo":{"name":"a","version":"1"}}`,
      'initialize',
    ),
  ),
}

/** All shapes at one place, one after the other: each is judged by what it was answered, all by what they have held. */
function shapesAt(place: Place): Omit<Attack, 'id'> {
  return {
    answers: ANSWERS,
    run: async (world) => {
      const answers = []
      for (const shape of SHAPES) {
        const [method, path, body] = await place(shape(), world)
        const headers = { accept: 'application/json, text/event-stream' }
        answers.push(await world.attacker.send(method, path, { body, headers }))
      }
      return answers
    },
  }
}

/** Each hostile shape of a value at each place of the routes that take one. */
export const shapes = attacksOf(
  'shape',
  Object.fromEntries(Object.entries(PLACES).map(([name, place]) => [name, shapesAt(place)])),
)
