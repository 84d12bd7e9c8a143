import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../../packages/sandbox/src/sandbox/index.ts'
import { MAX_CPU_MS } from './quick.ts'

const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, timeoutSeconds: 60 })
const session = sandbox.session()
beforeAll(async () => void (await session.execute('from IPython.display import display')))
afterAll(() => sandbox.close())

/** Programs that one execution tries one after the other: what each costs beside itself is paid once. */
const AT_ONCE = 6

const number = fc.constantFrom(
  ...['0', '-1', '10**400', '2**53 + 1', '0.1', 'float("nan")', 'float("-inf")', '1e308', 'True', '3 + 4j'],
)
const text = fc.constantFrom(
  ...['""', '"x" * 70_000', '"\\0\\x1b[2J"', '"\\ud800"', '"\\u202e<script>"', '"__proto__"', '"é" * 3000'],
  ...[
    '"\\n" * 5000',
    '"`" * 500',
    'b"\\xff" * 3000',
    'bytearray(9)',
    'memoryview(b"ab")',
    '"\\U0001f600" * 2000',
  ],
)
const odd = fc.constantFrom(
  ...[
    'None',
    '...',
    'object()',
    'Exception',
    'print',
    'range(10**12)',
    'iter([])',
    'itself',
    'type("X" * 5000, (), {})()',
  ],
  ...['hostile', 'lying', '{1, "a", None}', 'frozenset([()])', '__import__("sys")', 'lambda: 0'],
)
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    text,
    odd,
    fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(', ')}]`),
    fc.array(tie('value'), { maxLength: 3 }).map((all) => `(${all.map((each) => `${each}, `).join('')})`),
    fc
      .array(fc.tuple(fc.oneof(number, text), tie('value')), { maxLength: 3 })
      .map((all) => `{${all.map(([key, each]) => `hashable(${key}): ${each}`).join(', ')}}`),
    fc.tuple(tie('value'), fc.constantFrom(2, 100, 3000)).map(([each, times]) => `[${each}] * ${times}`),
    fc.tuple(tie('value'), fc.constantFrom(50, 300, 1500)).map(([each, depth]) => `deep(${each}, ${depth})`),
  ),
}))
const mime = fc.oneof(
  fc.constantFrom('"text/plain"', '"text/html"', '"application/json"', '"image/png"', '"a/b; c=d"', '"x"'),
  fc.oneof(text, number),
)
const name = fc.constantFrom(
  ...[
    '"a"',
    '"../a"',
    '"a/b/c"',
    '"\\n"',
    '"CON"',
    '"c:a"',
    '"a\\\\b"',
    '" "',
    '"x" * 255',
    '"\\udc80"',
    '"é/é"',
  ],
)
const step = fc.oneof(
  value,
  fc.tuple(mime, value).map(([key, each]) => `display({${key}: ${each}}, raw=True)`),
  fc
    .tuple(mime, value)
    .map(([key, each]) => `display({"text/plain": "x"}, raw=True, metadata={${key}: ${each}})`),
  value.map((each) => `display(${each})`),
  value.map((each) => `print(str(${each})[:3000], end="")`),
  fc.tuple(name, text).map(([path, each]) => `write(${path}, ${each})`),
  fc
    .constantFrom('input', 'exit', 'BaseException')
    .chain((what) => value.map((each) => `raises(${what}, ${each})`)),
)

const PREPARED = `
import os, sys
itself = []
itself.append(itself)
class Hostile:
    def __repr__(self): raise SystemExit('repr')
    def _repr_html_(self): return 1 / 0
    def _repr_mimebundle_(self, **kw): return {'text/html': itself, 3: b''}, {'a': self}
class Lying(dict):
    def __len__(self): return -5
    def items(self): return 7
    def __iter__(self): raise KeyboardInterrupt
hostile, lying = Hostile(), Lying(a=1)
def hashable(key):
    try:
        hash(key)
        return key
    except TypeError:
        return 'key'
def deep(value, depth):
    for _ in range(depth): value = [value]
    return value
def write(path, data):
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    with open(path, 'w', errors='replace') as file: file.write(str(data)[:1000])
def raises(what, value):
    raise what(value) if isinstance(what, type) else ValueError(value)
def attempt(program):
    try:
        return eval(program)
    except Exception as error:
        return error
`

test('whatever honest Python gives back is a result, bounded, in time', async () => {
  await session.execute(PREPARED)
  const programs = fc.array(step, { minLength: AT_ONCE, maxLength: AT_ONCE })
  await fc.assert(
    fc.asyncProperty(programs, async (all) => {
      // The last one is the result, and may fail; the others go on.
      const before = all.slice(0, -1).map((each) => `attempt(${JSON.stringify(each)})`)
      const began = process.cpuUsage()
      const result = await session.execute([...before, all.at(-1)].join('\n'), { stdin: () => 'line' })
      const shown = [result.toText(), result.toMarkdown()]
      const { user, system } = process.cpuUsage(began)
      expect(['success', 'error']).toContain(result.status)
      expect(result.error?.kind ?? 'exception').toMatch(/^(exception|exit|memory|timeout)$/)
      expect(shown[0]?.length).toBeLessThanOrEqual(10_000)
      expect(JSON.parse(JSON.stringify(result.displays))).toEqual(result.displays)
      expect('polluted' in {}).toBe(false)
      expect((user + system) / 1000).toBeLessThan(AT_ONCE * MAX_CPU_MS)
    }),
    { numRuns: 40 },
  )
  expect(await session.execute('40 + 2')).toMatchObject({ status: 'success', result: 42 })
})
