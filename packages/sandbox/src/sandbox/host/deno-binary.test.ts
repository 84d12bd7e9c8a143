import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { DenoNotFoundError } from '../errors/errors.ts'
import { compareVersions, findDeno, MIN_DENO_VERSION } from './deno-binary.ts'

test('findDeno() finds a binary that is what its version says', () => {
  const { path, version } = findDeno()
  expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toMatch(
    new RegExp(`^deno ${version.replaceAll('.', '\\.')} `),
  )
  expect(compareVersions(version, MIN_DENO_VERSION)).toBeGreaterThanOrEqual(0)
})

test('findDeno() says that there is no Deno for a platform', () => {
  expect(() => findDeno('plan9-mips')).toThrow(DenoNotFoundError)
  expect(() => findDeno('plan9-mips')).toThrow(/there is no build of it/)
})

test('findDeno() names the package that is not installed', () => {
  const missing = process.platform === 'darwin' ? 'win32-x64' : 'darwin-x64'
  try {
    findDeno(missing)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(DenoNotFoundError)
    expect(error).toMatchObject({ code: 'deno-not-found', platformPackage: `@deno/${missing}` })
    expect((error as Error).message).toContain('--omit=optional')
  }
})

test.each([
  ['2.8.1', '2.8.1', 0],
  ['2.8.0', '2.8.1', -1],
  ['2.10.0', '2.9.9', 1],
  ['10.0.0', '9.99.99', 1],
  ['2.8', '2.8.1', -1],
  ['2.8.1-rc.1', '2.8.1', 0],
])('compareVersions(%s, %s) is %i', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign)
})
