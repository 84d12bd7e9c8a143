import { type Attack, attacksOf, listed, nested, REFUSED } from '../attack.ts'

const CODE = 'def main(**given):\n    return len(given)\n'
const TOOL = { kind: 'python', definition: { code: CODE } }
const LARGE = 3.9e6
const CALLED = [200, 429, ...REFUSED]

function args(make: () => string): Omit<Attack, 'id'> {
  return {
    answers: CALLED,
    run: async ({ attacker, tool }) => {
      const { id } = await tool(TOOL)
      return await attacker.send('POST', `tools/${id}/execute`, { body: `{"arguments":${make()}}` })
    },
  }
}

function saved(make: () => string, answers: readonly number[] = REFUSED): Omit<Attack, 'id'> {
  return {
    answers,
    run: async ({ attacker }) => await attacker.send('POST', 'tools', { body: make() }),
  }
}

const test = (tests: string, code = CODE) =>
  `{"name":"t","kind":"python","definition":{"code":${JSON.stringify(code)},"tests":${tests}}}`

/** Arguments of tools, and what their authors attach. */
export const toolArguments = attacksOf('argument', {
  deep: args(() => `{"a":${nested(100_000)}}`),
  'deep-objects': args(() => nested(100_000, '{"a":', '}', '{}')),
  wide: args(() => `{"a":[${listed(LARGE / 3, () => '[]')}]}`),
  'wide-keys': args(() => `{${listed(LARGE / 12, (n) => `"k${n}":0`)}}`),
  'no-object': args(() => '[1]'),
  proto: args(() => '{"__proto__":{"a":1},"constructor":1}'),
  'names-of-python': args(() => '{"self":1,"class":2,"_agentchat_arguments":3,"":4,"\\u0000":5}'),
  'operation-that-is-long': {
    answers: REFUSED,
    run: async ({ attacker, tool }) => {
      const { id } = await tool(TOOL)
      const json = { arguments: {}, operation: 'o'.repeat(LARGE) }
      return await attacker.send('POST', `tools/${id}/execute`, { json })
    },
  },
  'expected-deep': saved(() => test(`[{"input":{},"expected":${nested(100_000)}}]`)),
  'expected-wide': saved(
    () => test(`[{"input":{},"expected":[${listed(LARGE / 3, () => '{}')}]}]`),
    [...REFUSED],
  ),
  'input-deep': saved(() => test(`[{"input":${nested(100_000, '{"a":', '}', '1')},"expected":1}]`)),
  'tests-by-the-thousand': saved(() => test(`[${listed(100_000, () => '{"input":{},"expected":0}')}]`)),
  'code-of-brackets': saved(() => test('[]', nested(100_000, '(', ')', '1'))),
  'code-that-is-long': saved(() => test('[]', '#'.repeat(LARGE))),
  'docstring-of-colons': saved(
    () => test('[]', `def main(a: int):\n    """${'Args:\n        a: '.repeat(8000)}"""\n`),
    [201, ...REFUSED],
  ),
  'ten-thousand-parameters': saved(
    () => test('[]', `def main(${listed(10_000, (n) => `a${n}: int = ${n}`)}): pass`),
    [201, ...REFUSED],
  ),
  'permissions-by-the-thousand': saved(() =>
    JSON.stringify({
      ...{ name: 't', ...TOOL },
      permissions: { allowNet: Array.from({ length: 50_000 }, (_, n) => `h${n}.example`) },
    }),
  ),
  'hosts-that-are-long': saved(() =>
    JSON.stringify({ name: 't', ...TOOL, permissions: { allowNet: ['*.'.repeat(140), ':'.repeat(290)] } }),
  ),
  'auth-that-is-long': saved(() =>
    JSON.stringify({ name: 't', ...TOOL, auth: { type: 'bearer', token: 't'.repeat(LARGE) } }),
  ),
  'logo-of-slashes': saved(
    () => JSON.stringify({ name: 't', ...TOOL, logoUrl: `http://${'/@'.repeat(990)}` }),
    [201, ...REFUSED],
  ),
})
