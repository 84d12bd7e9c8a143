import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  MAX_DISPLAY_BYTES,
  MAX_HINT_CHARS,
  MAX_MESSAGE_CHARS,
  MAX_TRACEBACK_CHARS,
} from '../../protocol/runner-messages.ts'
import { ArrivingMessage, boundsOfMessages, parseRunnerMessage } from './parse-runner-message.ts'

const end = {
  type: 'end',
  run: 1,
  result: null,
  error: null,
  stdoutCut: false,
  stderrCut: false,
  resultCut: false,
  files: [],
  stdoutDropped: 0,
  stderrDropped: 7,
  filesDropped: 0,
  displaysDropped: 0,
  resultText: null,
}
const error = { kind: 'exception', name: 'ValueError', message: 'no', traceback: '', line: 3 }

const parse = (value: unknown) =>
  parseRunnerMessage(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 2 ** 21)

test('parseRunnerMessage() takes what the runner says', () => {
  expect(parse({ type: 'ready' })).toEqual({ type: 'ready' })
  const imports = { type: 'imports', found: [{ name: 'a.b_c', line: 2 }] }
  expect(parse(imports)).toEqual(imports)
  expect(parse(end)).toEqual(end)
  expect(parse({ ...end, error })).toEqual({ ...end, error })
  expect(parse({ ...end, error: { ...error, hint: 'import it' } })).toMatchObject({
    error: { hint: 'import it' },
  })
  expect(parse({ ...end, error: { ...error, line: null } })).toMatchObject({ error: { line: null } })
})

test('parseRunnerMessage() gives the same of a message that came in pieces, and of the next one', () => {
  const arriving = new ArrivingMessage(boundsOfMessages(2 ** 21))
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.nat(), { maxLength: 5 }), (result, cuts) => {
      const payload = Buffer.from(JSON.stringify({ ...end, result: ['é', result] }))
      const ends = cuts.map((cut) => cut % (payload.length + 1)).sort((one, other) => one - other)
      for (const cut of ends) arriving.take(payload.subarray(0, cut))
      expect(parseRunnerMessage(payload, 2 ** 21, arriving)).toEqual(JSON.parse(payload.toString()))
    }),
  )
  expect(() => arriving.take(Buffer.from(`{"type":"end","result":${'['.repeat(300)}`))).toThrow(/deeper/)
})

test('parseRunnerMessage() takes any JSON value as a result', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 20 }), (result) => {
      const text = JSON.stringify({ ...end, result })
      expect(parse(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each<[string, unknown]>([
  ['nothing', ''],
  ['half a message', JSON.stringify(end).slice(0, -1)],
  ['two messages', `${JSON.stringify(end)}${JSON.stringify(end)}`],
  ['a list', [end]],
  ['null', 'null'],
  ['no type', {}],
  ['an unknown type', { type: 'result', value: 1 }],
  ['a type of the host', { type: 'execute', run: 1 }],
  ['a ready with more', { type: 'ready', pid: 1 }],
  ['an end with more', { ...end, status: 'success' }],
  ['an end without its error', { ...end, error: undefined }],
  ['an end of no run', { ...end, run: '1' }],
  ['an end of half a run', { ...end, run: 1.5 }],
  ['a flag that is no boolean', { ...end, stdoutCut: 1 }],
  ['a negative number of bytes', { ...end, stdoutDropped: -1 }],
  ['a huge hint', { ...end, error: { ...error, hint: 'h'.repeat(MAX_HINT_CHARS + 1) } }],
  ['a hint that is no text', { ...end, error: { ...error, hint: null } }],
  ['a key __proto__', JSON.stringify(end).replace('{', '{"__proto__":{},')],
  ['an error of a kind that the host gives', { ...end, error: { ...error, kind: 'timeout' } }],
  ['an error of a made-up kind', { ...end, error: { ...error, kind: 'fine' } }],
  ['an error with more', { ...end, error: { ...error, advice: 'run this' } }],
  ['an error with a huge name', { ...end, error: { ...error, name: 'n'.repeat(201) } }],
  [
    'an error with a huge message',
    { ...end, error: { ...error, message: 'm'.repeat(MAX_MESSAGE_CHARS + 1) } },
  ],
  [
    'an error with a huge traceback',
    { ...end, error: { ...error, traceback: 't'.repeat(MAX_TRACEBACK_CHARS + 1) } },
  ],
  ['an import of a path', { type: 'imports', found: [{ name: '../x', line: 1 }] }],
  ['an import with a flag', { type: 'imports', found: [{ name: '--index-url', line: 1 }] }],
  ['an import of nothing', { type: 'imports', found: [{ name: '', line: 1 }] }],
  ['an import with a line break', { type: 'imports', found: [{ name: 'a\n', line: 1 }] }],
  ['an import of no name', { type: 'imports', found: [{ name: 'a..b', line: 1 }] }],
  ['a huge import', { type: 'imports', found: [{ name: 'a'.repeat(201), line: 1 }] }],
  ['very many imports', { type: 'imports', found: Array(201).fill({ name: 'a', line: 1 }) }],
  ['an error on line 0', { ...end, error: { ...error, line: 0 } }],
  ['an error on no whole line', { ...end, error: { ...error, line: 1.5 } }],
])('parseRunnerMessage() refuses %s', (_, value) => {
  expect(() => parse(value)).toThrow()
})

test('parseRunnerMessage() refuses what is not UTF-8', () => {
  expect(() => parseRunnerMessage(Buffer.from([0x22, 0xff, 0x22]), 2 ** 21)).toThrow()
})

test('parseRunnerMessage() refuses random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => void expect(() => parseRunnerMessage(bytes, 2 ** 21)).toThrow()),
  )
})

test.each(['[', '{"a":'])('parseRunnerMessage() refuses deep nesting by %s before it parses it', (open) => {
  const nested = (depth: number) =>
    JSON.stringify(end).replace(
      '"result":null',
      `"result":${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`,
    )
  expect(parse(nested(150))).toMatchObject({ type: 'end' })
  expect(() => parse(nested(250))).toThrow(/nested deeper/)
  expect(() => parse(nested(200_000))).toThrow(/nested deeper/)
})

test('parseRunnerMessage() does not take brackets in a text for nesting', () => {
  const result = `${'['.repeat(5000)}"\\"${'{'.repeat(5000)}`
  expect(parse({ ...end, result })).toMatchObject({ result })
})

test('parseRunnerMessage() changes no prototype', () => {
  const text = JSON.stringify(end).replace(
    'null',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}',
  )
  const message = parse(text)
  expect('polluted' in {}).toBe(false)
  expect(Object.keys((message as { result: object }).result)).toEqual(['__proto__', 'constructor'])
})

const MAX_BYTES = 2 ** 21
const display = (data: string) => `{"type":"display","run":1,"mime":"a/b","data":${data},"metadata":{}}`

test.each<[string, string]>([
  ['a display of small lists', display(`[${Array(1_600_000).fill('[[]]').join(',')}]`.slice(0, -1))],
  [
    'a display of new names',
    display(`{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":0`).join(',')}}`),
  ],
  [
    'a result of small lists',
    JSON.stringify(end).replace('"result":null', `"result":[${'[],'.repeat(600_000)}[]]`),
  ],
  [
    'an end with endless files',
    JSON.stringify(end).replace('"files":[', `"files":[${'{},'.repeat(600_000)}{}`),
  ],
  ['a display past its ceiling', display(`"${'a'.repeat(MAX_DISPLAY_BYTES)}"`)],
  ['a note past its ceiling', `{"type":"started","run":${' '.repeat(2 ** 18)}1}`],
  ['a type that comes late', `{"run":1,"type":"started"}${' '.repeat(2 ** 19)}`],
])('parseRunnerMessage() refuses %s before it parses it', (_, text) => {
  const payload = Buffer.from(text)
  const before = process.cpuUsage()
  expect(() => parseRunnerMessage(payload, MAX_BYTES)).toThrow(/at most|too many values/)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(500)
})

test('parseRunnerMessage() takes large texts and long lists', () => {
  const data = `"${'a'.repeat(8 * 2 ** 20)}"`
  expect(parse(display(data))).toMatchObject({ type: 'display' })
  expect(parse({ ...end, result: Array(500_000).fill(1) })).toMatchObject({ type: 'end' })
})
