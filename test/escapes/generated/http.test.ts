import { DocumentError, DocumentGate } from 'agentchat-sandbox-base/gate/document-gate'
import { inexactMember } from 'agentchat-sandbox-base/gate/exact-json'
import { BODY_BOUNDS, JsonBoundsError, parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { JsonSchemaError } from '../../../packages/base/src/gate/schema/compile-schema.ts'
import { prefersEvents } from '../../../packages/server/src/http/accept.ts'
import { byteRange } from '../../../packages/server/src/http/byte-range.ts'
import { clientAddress, parseAddressRange } from '../../../packages/server/src/http/client-address.ts'
import { KnownCallers } from '../../../packages/server/src/http/known-callers.ts'
import { expectQuick } from './quick.ts'

const schemas = new SchemaGate()
const documents = new DocumentGate()
afterAll(() => {
  schemas[Symbol.dispose]()
  documents[Symbol.dispose]()
})

const token = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '"__proto__"',
    '"globals"',
    '"\\ud800"',
    '1',
    '-',
    '1e999',
    '9'.repeat(20),
  ],
  ...['true', 'null', ' ', '\n', '"', '\\', '0.1', '\0'],
)

test('bodies of any tokens, long or repeated, are read or refused with an error of ours, in time', async () => {
  const body = fc.tuple(fc.array(token, { maxLength: 40 }), fc.constantFrom(1, 10, 5000))
  await fc.assert(
    fc.asyncProperty(body, async ([tokens, times]) => {
      const text = tokens.join('').repeat(times)
      await expectQuick(async () => {
        try {
          parseJson(text, BODY_BOUNDS)
        } catch (error) {
          if (!(error instanceof JsonBoundsError) && !(error instanceof SyntaxError)) throw error
          return
        }
        await inexactMember(text, 'globals')
      })
    }),
    { numRuns: 200 },
  )
})

test('headers of any signs are read or refused, and nothing is thrown', async () => {
  const sign = fc.constantFrom(
    ...[
      'text/event-stream',
      'bytes=',
      'for=',
      ';',
      ',',
      'q=',
      '0.',
      '1',
      '-',
      '*',
      '/',
      ' ',
      '"',
      '[',
      ']',
      ':',
    ],
    ...['127.0.0.1', '::1', '::ffff:', '%', 'x'.repeat(300)],
  )
  const callers = new KnownCallers()
  await fc.assert(
    fc.asyncProperty(fc.array(sign, { maxLength: 300 }), async (signs) => {
      const text = signs.join('')
      await expectQuick(async () => {
        prefersEvents(text)
        byteRange(text, 1000)
        parseAddressRange(text)
        const address = clientAddress('127.0.0.1', text, () => true)
        expect(callers.laneOf({ authorization: text }, address)).toMatch(/^at /)
      })
    }),
    { numRuns: 300 },
  )
})

const keyword = fc.constantFrom(
  ...[
    'type',
    '$ref',
    'allOf',
    'anyOf',
    'not',
    'items',
    'properties',
    '$defs',
    'pattern',
    'enum',
    'uniqueItems',
  ],
  ...[
    'minLength',
    '$id',
    'if',
    'const',
    'required',
    'openapi',
    'paths',
    'info',
    'get',
    'parameters',
    '/a',
    'in',
  ],
)
const leaf = fc.constantFrom<unknown>(
  ...['object', 'string', '#', '#/$defs/a', 'http://127.0.0.1:1/', '(a+)+$', '', 0, -1, 1e308, true, null],
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(keyword, tie('tree'), { maxKeys: 5 }),
  ),
}))

test('schemas of any keywords check a value, or are refused with an error of ours', async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.dictionary(keyword, tree, { maxKeys: 6 }), fc.jsonValue(), async (schema, value) => {
      count += 1
      const question = {
        owner: 'usr_1',
        key: `${count}`,
        schema: schema as never,
        value: { a: value } as never,
      }
      await expectQuick(() =>
        schemas.check(question).catch((error: unknown) => {
          if (!(error instanceof JsonSchemaError)) throw error
        }),
      )
    }),
    { numRuns: 60 },
  )
})

test('documents of any parts, as JSON and as text, are read or refused with an error of ours', async () => {
  const text = fc.array(
    fc.constantFrom(
      'openapi: 3.1.0',
      '\n',
      '  ',
      '- ',
      '&a ',
      '*a',
      '? ',
      '|',
      '>',
      '{',
      ']',
      '<<: ',
      '!!x ',
    ),
  )
  const source = fc.oneof(
    fc.dictionary(keyword, tree, { maxKeys: 6 }),
    text.map((parts) => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(source, async (document) => {
      await expectQuick(() =>
        documents.read('usr_1', document as never).catch((error: unknown) => {
          if (!(error instanceof DocumentError)) throw error
        }),
      )
    }),
    { numRuns: 60 },
  )
})
