import { expect, test } from 'vitest'
import { methodsIn } from './known-methods.ts'

const methodsOf = methodsIn({ '/a/{id}/files/{path}': { get: {}, put: {} }, '/a.b': { post: {} } })

test.each([
  ['/a/1/files/b', 'GET, HEAD, OPTIONS, PUT'],
  ['/a/1/files/b/c', 'GET, HEAD, OPTIONS, PUT'],
  ['/a/1/files/\r\nb', 'GET, HEAD, OPTIONS, PUT'],
  ['/a/1/files/\u2028', 'GET, HEAD, OPTIONS, PUT'],
  ['/a/\n/files/b\n', 'GET, HEAD, OPTIONS, PUT'],
  ['/a/1/files/', null],
  ['/a.b', 'OPTIONS, POST'],
  ['/aXb', null],
  ['/a.b\n', null],
])('the methods of %j', (path, methods) => {
  expect(methodsOf(path)).toBe(methods)
})
