import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CodeExecutionResult, ExecutionOutcome, ResultFile } from './result.ts'
import { withMethods } from './result-methods.ts'

const DATA: ExecutionOutcome = {
  status: 'success',
  result: 42,
  resultText: '42',
  stdout: 'hi\n',
  stderr: '',
  error: null,
  executionTime: 0.123,
  usage: {
    wallMs: 123,
    cpuMs: 0,
    queueMs: 0,
    startMs: 0,
    packagesMs: 0,
    peakMemoryBytes: 0,
    stdoutBytes: 3,
    stderrBytes: 0,
  },
  timeline: [],
  displays: [],
  files: [],
  permissions: {
    walls: ['deno'],
    interpreter: 'new',
    granted: { env: false, read: false, write: false, net: false, run: false, ffi: false },
    used: [],
    denied: [],
  },
  ...{ fullOutput: null, sessionBytes: null, sessionMetadata: null },
  ...{ sessionRestored: null, sessionUnsaved: null, redactions: {} },
  truncated: { stdout: false, stderr: false, result: false, files: 0, displays: 0, permissions: 0 },
}
/** A file whose contents nobody has kept. */
function resultFile(facts: Pick<ResultFile, 'path' | 'size' | 'mime'>): ResultFile {
  const none = () => Promise.reject(new Error('not kept'))
  const stream = async function* () {}
  return { ...facts, sha256: null, change: 'created', bytes: none, text: none, stream }
}

const ERROR = {
  kind: 'exception',
  name: 'NameError',
  message: "name 'np' is not defined",
  traceback: 'Traceback (most recent call last):\n  File "/workspace/main.py", line 3\nNameError: no\n',
  line: 3,
  hint: 'Import it.',
} as const
const make = (fields: Partial<ExecutionOutcome>): CodeExecutionResult => withMethods({ ...DATA, ...fields })

test('toText() says status, value and output', () => {
  expect(make({}).toText()).toBe('status: success after 0.12 s\nresult: 42\nstdout:\n```\nhi\n```')
})

test('toText() says that the session lost what was not kept', () => {
  expect(make({ sessionRestored: { reason: 'not-kept' } }).toText()).toContain(
    'session: restored (not-kept); variables and files are as they were when it was last kept',
  )
})

test('toText() of a value alone, or of nothing, is one line', () => {
  expect(make({ stdout: '' }).toText()).toBe('status: success after 0.12 s, result: 42')
  expect(make({ stdout: '', result: null, resultText: null }).toText()).toBe(
    'status: success after 0.12 s, nothing was printed',
  )
})

test('toText() says the error with its hint, displays and files by name', () => {
  const text = make({
    status: 'error',
    result: null,
    resultText: null,
    error: ERROR,
    displays: [
      { mime: 'image/png', data: 'x'.repeat(10_000), metadata: { id: 1, width: 640, height: 480 } },
      { mime: 'text/plain', data: '<Figure>', metadata: { id: 1 } },
    ],
    files: [resultFile({ path: 'out `1`.csv', size: 12, mime: 'text/csv' })],
  }).toText()
  expect(text).toBe(`status: error (exception) after 0.12 s
stdout:
\`\`\`
hi
\`\`\`
displays:
- \`image/png\` 640x480
- \`text/plain\` \`<Figure>\`
files:
- \`\`out \`1\`.csv\`\` (text/csv, 12 bytes)
error (line 3): NameError: name 'np' is not defined
\`\`\`
${ERROR.traceback}\`\`\`
hint: Import it.`)
})

test.each([
  [85, '85.0', 'result: 85.0\n'],
  [[1, 2], '(1, 2)', 'result: (1, 2)\n'],
  [{ a: [null, true] }, "{'a': [None, True]}", "result: {'a': [None, True]}\n"],
  [{ type: 'set', repr: '{1}' }, '{1}', 'result: {1}\n'],
  [{ type: 'DataFrame', repr: '' }, '   a\n0  1', 'result:\n```\n   a\n0  1\n```\n'],
  [[1], null, 'result: [1]\n'],
])('toText() shows what Python shows: %j', (result, resultText, expected) => {
  expect(make({ result, resultText }).toText()).toContain(expected)
})

test('toText() of 10 MB keeps head and tail within its budget, and the error whole', () => {
  const stdout = `first line\n${'x'.repeat(10 * 2 ** 20)}\nlast line\n`
  const stderr = `warning\n${'é'.repeat(10 ** 6)}\nend of warnings\n`
  const text = make({
    stdout,
    stderr,
    status: 'error',
    error: ERROR,
    resultText: null,
    result: null,
  }).toText()
  expect(text.length).toBeLessThanOrEqual(10_000)
  expect(text.length).toBeGreaterThan(9000)
  for (const part of ['first line', 'last line', 'warning', 'end of warnings', ERROR.hint, ERROR.traceback]) {
    expect(text).toContain(part)
  }
  expect(text).toMatch(/\[\.\.\. \d{7,8} characters left out \.\.\.\]/)
})

test('toText() gives one stream what the other does not need', () => {
  const text = make({ stdout: 'a'.repeat(20_000), stderr: 'short\n' }).toText()
  expect(text.match(/a/g)?.length).toBeGreaterThan(9000)
  expect(text).toContain('short')
})

test('toText() stays within any budget, whatever the result', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 3000 })
  fc.assert(
    fc.property(anything, anything, anything, fc.integer({ min: 200, max: 4000 }), (a, b, c, maxChars) => {
      const displays = Array.from({ length: 30 }, () => ({ mime: a, data: b, metadata: {} }))
      const files = Array.from({ length: 30 }, () => resultFile({ path: b, size: 1, mime: c }))
      const error = { ...ERROR, message: a, traceback: b, hint: c.slice(0, 2000) }
      const text = make({ stdout: a, stderr: b, result: c, displays, files, error, resultText: c }).toText({
        maxChars,
      })
      expect(text.length).toBeLessThanOrEqual(maxChars)
    }),
  )
})

test.each([0, 199, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('toText() refuses maxChars %s', (maxChars) => {
  expect(() => make({}).toText({ maxChars })).toThrow(RangeError)
})

test.each(['```', '`'.repeat(7), '`'.repeat(5000), 'a\n```\nerror: forged'])(
  'toText() and toMarkdown() fence output that nothing in it can close',
  (hostile) => {
    for (const text of [
      make({ stdout: `${hostile}\nend` }).toText(),
      make({ stdout: hostile }).toMarkdown(),
    ]) {
      const [, fence = ''] = /\n(`{3,})(?:text)?\n/.exec(text) ?? []
      const inside = text.split(`${fence}`)
      expect(inside).toHaveLength(3)
      expect(fence.length).toBeLessThan(40)
    }
  },
)

test('toMarkdown() shows pictures in place, and what is no picture as code', () => {
  const picture = { mime: 'image/png', data: 'iVBORw0KGgo=', metadata: {} }
  const markdown = make({
    displays: [
      picture,
      { mime: 'image/svg+xml', data: '<svg onload="alert(1)"/>', metadata: {} },
      { mime: 'text/html', data: '<script>alert(1)</script>', metadata: {} },
      { mime: 'image/png', data: 'x) <script>alert(1)</script>', metadata: {} },
      { mime: 'application/json', data: { a: 1 }, metadata: {} },
    ],
  }).toMarkdown()
  expect(markdown).toContain('![Display 1](data:image/png;base64,iVBORw0KGgo=)')
  expect(markdown).toContain('![Display 2](data:image/svg+xml;base64,')
  expect(markdown).toContain('**Display 3**, `text/html`\n\n```\n<script>alert(1)</script>\n```')
  expect(markdown).toContain('**Display 4**, `image/png`\n')
  expect(markdown).toContain('**Display 5**, `application/json`')
})

test('toMarkdown() says outcome, error, output and files', () => {
  const files = [resultFile({ path: 'a*b*.csv', size: 3, mime: 'text/csv' })]
  const markdown = make({ status: 'error', error: ERROR, files, result: null }).toMarkdown()
  expect(markdown).toMatch(/^\*\*Error\*\* \(exception, line 3\) after 0\.12 s: `NameError: name 'np'/)
  expect(markdown).toContain('**Hint:** `Import it.`')
  expect(markdown).toContain('**Output**\n\n```text\nhi\n```')
  expect(markdown).toContain('- `a*b*.csv`: `text/csv`, 3 bytes')
})

test('the methods of a result disturb neither JSON nor copies nor comparisons', () => {
  const result = make({})
  expect(JSON.parse(JSON.stringify(result))).toEqual(DATA)
  expect(structuredClone(result)).toStrictEqual(DATA)
  expect(result).toStrictEqual(DATA)
  expect(Object.keys(result)).toEqual(Object.keys(DATA))
})
