import { expect, test } from 'vitest'
import { acceptedEncodings, ConsoleFiles } from './console-files.ts'
import { consolePolicy, FRAME_POLICY } from './console-policy.ts'
import { frameDocument } from './frame-document.ts'

const directives = (policy: string) =>
  Object.fromEntries(
    policy.split('; ').map((each) => [each.split(' ', 1)[0], each.split(' ').slice(1).join(' ')]),
  )

test('consolePolicy() lets the page load what is its own, and styles that carry the nonce', () => {
  expect(directives(consolePolicy('abc'))).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'nonce-abc'",
    'img-src': "'self' blob: data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'frame-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  })
})

test('FRAME_POLICY gives a document no origin, no network and no address to send anything to', () => {
  const { sandbox, ...rest } = directives(FRAME_POLICY)
  expect(sandbox).toBe('allow-scripts')
  expect(rest['default-src']).toBe("'none'")
  expect(rest['connect-src']).toBeUndefined()
  expect(rest['frame-src']).toBeUndefined()
  expect(rest['form-action']).toBe("'none'")
  for (const sources of Object.values(rest)) expect(sources).not.toMatch(/https?:|\*/)
})

test('frameDocument() puts its own script before what it is given', () => {
  const document = frameDocument('<script>theirs()</script>', 'dark')
  expect(document.indexOf('MutationObserver')).toBeLessThan(document.indexOf('theirs()'))
  expect(frameDocument('<template shadowrootMode=open>', 'light')).not.toMatch(/<template shadowroot/i)
  expect(document).toContain('content="dark"')
})

test.each([
  [undefined, []],
  ['gzip, deflate, br, zstd', ['gzip', 'deflate', 'br', 'zstd']],
  ['br;q=0, GZIP;q=0.5', ['gzip']],
  ['br; q=0.000', []],
])('acceptedEncodings(%j) is %j', (header, expected) => {
  const named = [...acceptedEncodings(header)].filter((name) => name !== '')
  expect(named).toEqual(expected)
})

test('ConsoleFiles has neither a page nor files where nothing was built', async () => {
  const files = new ConsoleFiles('/nowhere/at/all')
  expect(await files.page()).toBeNull()
  expect(await files.asset('index.js', 'br')).toBeNull()
})
