import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathAtLine } from './path-at-line.ts'

test('pathAtLine() finds what stands in each line', () => {
  const document = { a: { b: [1, {}], c: [] }, 'd/e': { f: null } }
  const lines = JSON.stringify(document, null, 2).split('\n')
  const paths = lines.map((_, index) => pathAtLine(document, index + 1))
  expect(paths).toEqual(['', 'a', 'a.b', 'a.b.0', 'a.b.1', 'a.b', 'a.c', 'a', 'd/e', 'd/e.f', 'd/e', ''])
})

test('pathAtLine() counts the lines of every document as JSON.stringify() does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (document) => {
      const lines = JSON.stringify(document, null, 2).split('\n')
      lines.forEach((line, index) => {
        const key = /^ *("(?:[^"\\]|\\.)*"): /.exec(line)?.[1]
        const last = pathAtLine(document as never, index + 1)
        if (key !== undefined) expect(last.endsWith(JSON.parse(key))).toBe(true)
      })
    }),
  )
})
