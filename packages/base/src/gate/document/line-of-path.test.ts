import { expect, test } from 'vitest'
import { lineFinder } from './line-of-path.ts'

const YAML = `openapi: 3.1.0
info:
  title: x
paths:
  /a.b:
    get:
      tags:
        - one
        - two
`

test.each([
  ['info', 2],
  ['info.title', 3],
  ['paths./a.b', 5],
  ['paths./a.b.get.tags.1', 9],
  ['paths./a.b.post.x', 5],
  ['line 7, column 3', 7],
  ['', null],
  ['nowhere', null],
])('lineFinder() finds %j in line %j', (path, line) => {
  expect(lineFinder(YAML)(path)).toBe(line)
})

test('lineFinder() reads JSON, and gives no line for what it cannot read', () => {
  expect(lineFinder(JSON.stringify({ info: { title: 1 } }, null, 2))('info.title')).toBe(3)
  expect(lineFinder('['.repeat(10_000))('x')).toBeNull()
  expect(lineFinder(' '.repeat(2 ** 18 + 1))('x')).toBeNull()
})
