import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { denoArgs } from '../wall/deno-args.ts'
import { fileAccess, NO_FILES } from './file-access.ts'
import { type GrantSettings, resolveGrants } from './grants.ts'
import { libraryAccess } from './library-access.ts'
import type { GrantedPath } from './paths.ts'
import { isInside } from './real-path.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-file-access-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const quota = { maxWriteBytes: 10, maxWriteFiles: 2 }
const folder = (path: string, target = path): GrantedPath => ({ path, target, kind: 'folder' })

describe('fileAccess()', () => {
  test('grants nothing where nothing is granted', () => {
    expect(fileAccess({ read: false, write: false }, quota)).toEqual(NO_FILES)
  })

  test('grants real paths, and tells the runner where Python sees them', () => {
    const access = fileAccess({ read: [folder('/alias', '/real')], write: [folder('/out')] }, quota)
    expect(access).toEqual({
      read: ['/real'],
      write: ['/out'],
      binds: [
        { target: '/out', writable: true },
        { target: '/real', writable: false },
      ],
      plan: {
        places: [folder('/alias', '/real'), folder('/out')],
        readable: ['/real'],
        writable: ['/out'],
        ...quota,
      },
    })
  })

  test.each<[string, string[], string[], [string, boolean][]]>([
    [
      'written inside read',
      ['/a'],
      ['/a/b'],
      [
        ['/a', false],
        ['/a/b', true],
      ],
    ],
    ['read inside written', ['/a/b'], ['/a'], [['/a', true]]],
    ['the same', ['/a'], ['/a'], [['/a', true]]],
    [
      'read inside written inside read',
      ['/a', '/a/b/c'],
      ['/a/b'],
      [
        ['/a', false],
        ['/a/b', true],
      ],
    ],
    [
      'neighbours of one beginning',
      ['/a', '/ab'],
      ['/abc'],
      [
        ['/a', false],
        ['/ab', false],
        ['/abc', true],
      ],
    ],
  ])('mounts %s once, the outer one first', (_, read, write, binds) => {
    const grants = { read: read.map((path) => folder(path)), write: write.map((path) => folder(path)) }
    const mounted = fileAccess(grants, quota).binds.map(({ target, writable }) => [target, writable])
    expect(mounted).toEqual(binds)
  })

  test('true grants all to Deno, and mounts what the root holds but the folders of the kernel', () => {
    const { read, write, binds, plan } = fileAccess({ read: true, write: [folder('/tmp/x')] }, quota)
    expect([read, write, plan?.readable]).toEqual([true, ['/tmp/x'], ['/']])
    const targets = binds.map(({ target }) => target)
    expect(targets).toContain('/usr')
    for (const own of ['/', '/proc', '/dev', '/sys']) expect(targets).not.toContain(own)
    expect(binds.filter(({ writable }) => writable)).toEqual([{ target: '/tmp/x', writable: true }])
  })
})

const NAMES = ['a', 'ab', 'a/b', 'a/b/c', 'b', '-x', 'a b', '.hidden']
for (const name of NAMES) mkdirSync(join(root, name), { recursive: true })
const LIBRARIES = ['libx.so', 'libx.so.1', 'ab/liby.so', 'b/-z']
for (const name of LIBRARIES) writeFileSync(join(root, name), '')

test('denoArgs() never grants a path that the list did not name', () => {
  const entry = fc.oneof(
    fc.constantFrom(...NAMES),
    fc.constantFrom(...NAMES).map((name) => join(root, name)),
    fc.constantFrom('', '.', '..', '/', 'a,b', 'a,/', 'a\0', '*', '~', 'none', '--allow-all', '/proc/self'),
    fc.string({ maxLength: 8 }),
  )
  const listOf = (each: fc.Arbitrary<string>) => fc.oneof(fc.boolean(), fc.array(each, { maxLength: 3 }))
  const grant = listOf(entry)
  const libraries = listOf(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...LIBRARIES) }, entry))
  const nothing = { allowEnv: false, allowNet: false, allowRun: false }
  const context = { cwd: root, env: {}, protectedFolders: { read: [], write: [] } }
  let accepted = 0
  fc.assert(
    fc.property(grant, grant, libraries, (allowRead, allowWrite, allowFfi) => {
      const settings: GrantSettings = { ...nothing, allowRead, allowWrite, allowFfi }
      const grants = grantsOrNull(settings, context)
      if (grants === null) return
      accepted += 1
      const access = fileAccess(grants, quota)
      const readable = access.read === true || ['/image', ...access.read]
      const loadable = libraryAccess(grants).load
      const paths = { readable, writable: access.write, loadable }
      const args = denoArgs({ ...paths, script: '/main.js', argument: '{}' })
      const flags = args.filter((arg) => arg.startsWith('--allow'))
      const expected = [
        flagOf('read', allowRead, ['/image']),
        flagOf('write', allowWrite, []),
        flagOf('ffi', allowFfi, []),
      ]
      for (const { name, all, given, named } of expected) {
        const flag = flags.filter((each) => each.split('=')[0] === `--allow-${name}`)
        if (all) expect(flag).toEqual([`--allow-${name}`])
        else {
          const paths = flag.flatMap((each) => each.slice(each.indexOf('=') + 1).split(','))
          expect(flag.length).toBe(paths.length === 0 ? 0 : 1)
          for (const path of paths) expect([...given, ...named]).toContain(path)
          for (const path of named) expect(paths.some((each) => isInside(each, path))).toBe(true)
          if (name === 'ffi') expect(new Set(paths)).toEqual(new Set(named))
        }
      }
      expect(flags.length).toBeLessThanOrEqual(3)
    }),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(500)
})

function flagOf(name: string, grant: boolean | string[], given: string[]) {
  const named = Array.isArray(grant)
    ? grant.map((entry) => join(entry.startsWith('/') ? '/' : root, entry))
    : []
  return { name, all: grant === true, given, named: named.map((path) => path.replace(/(?<=.)\/+$/, '')) }
}

function grantsOrNull(settings: GrantSettings, context: Parameters<typeof resolveGrants>[1]) {
  try {
    return resolveGrants(settings, context)
  } catch (error) {
    if (error instanceof InvalidOptionsError) return null
    throw error
  }
}
