import { expect, test } from 'vitest'
import { isHeaderOfAuth, isHeaderOfDocument } from './own-headers.ts'

test.each([
  ...['Content-Length', 'transfer-encoding', 'Connection', 'expect', 'Host', 'upgrade', 'TE', 'trailer'],
  ...['Keep-Alive', 'proxy-authorization', 'Proxy-Connection', 'content-encoding', 'http2-settings'],
  ...['', 'a b', 'a:b', 'a\r\nb', 'ä', 'x'.repeat(201)],
])('no header %j is sent that a user has named', (name) => {
  expect(isHeaderOfAuth(name)).toBe(false)
  expect(isHeaderOfDocument(name)).toBe(false)
})

test.each(['Cookie', 'authorization', 'Accept', 'X-Forwarded-For', 'forwarded', 'via', 'x-real-ip'])(
  'the header %j is of the authentication, not of a document',
  (name) => {
    expect(isHeaderOfAuth(name)).toBe(true)
    expect(isHeaderOfDocument(name)).toBe(false)
  },
)

test.each(['X-Api-Version', 'If-Match', 'Prefer', 'accept-language', 'x-host'])(
  'the header %j may be of a document',
  (name) => {
    expect(isHeaderOfDocument(name)).toBe(true)
  },
)
