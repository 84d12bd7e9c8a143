import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { grantOf, resolveGrantedPaths } from './paths.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-paths-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const at = (path: string) => join(root, path)

for (const folder of [
  'data/inner',
  'data-2',
  'other/deep',
  'own/cache',
  'a,b',
  'with space',
  'back\\slash',
]) {
  mkdirSync(at(folder), { recursive: true })
}
for (const file of ['data/in.csv', 'data/inner/x', 'other/secret', 'a,b/file', 'line\nbreak', '*']) {
  writeFileSync(at(file), file)
}
symlinkSync(at('other'), at('data/out'))
symlinkSync('in.csv', at('data/same.csv'))
symlinkSync(at('data'), at('link-to-data'))
symlinkSync(at('a,b'), at('link-to-comma'))
symlinkSync(at('line\nbreak'), at('link-to-line'))
symlinkSync(at('nothing'), at('dangling'))
symlinkSync(at('loop'), at('loop'))
symlinkSync('/', at('link-to-root'))
symlinkSync('/proc/self', at('link-to-proc'))
symlinkSync(at('own'), at('link-to-own'))
execFileSync('mkfifo', [at('pipe')])

const resolve = (...entries: string[]) =>
  resolveGrantedPaths('allowRead', entries, { cwd: root, protectedFolders: [] })
const file = (path: string, target = path) => ({ path: at(path), target: at(target), kind: 'file' })
const folder = (path: string, target = path) => ({ path: at(path), target: at(target), kind: 'folder' })

function problemsOf(work: () => unknown): InvalidOptionsError['problems'] {
  try {
    work()
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

describe('resolveGrantedPaths()', () => {
  test.each([
    ['data', folder('data')],
    ['./data/', folder('data')],
    ['.', { path: root, target: root, kind: 'folder' }],
    ['data/in.csv', file('data/in.csv')],
    [at('data//in.csv'), file('data/in.csv')],
    [at('data/./inner'), folder('data/inner')],
    ['with space', folder('with space')],
    ['back\\slash', folder('back\\slash')],
    ['*', file('*')],
    ['data/same.csv', file('data/same.csv', 'data/in.csv')],
    ['link-to-data', folder('link-to-data', 'data')],
    ['link-to-data/in.csv', file('link-to-data/in.csv', 'data/in.csv')],
    ['data/out', folder('data/out', 'other')],
  ])('grants %j', (entry, expected) => {
    expect(resolve(entry)).toEqual([expected])
  })

  test('makes a leading ".." absolute against the current folder', () => {
    const granted = resolveGrantedPaths('allowRead', ['../data'], { cwd: at('other'), protectedFolders: [] })
    expect(granted).toEqual([folder('data')])
  })

  test.each([
    ['', 'is empty'],
    ['/safe,/', 'holds a comma, which ends a path for Deno'],
    ['a,b', 'holds a comma'],
    ['data\0/../../etc', 'holds a control character'],
    ['line\nbreak', 'holds a control character'],
    ['data\u001b[2J', 'holds a control character'],
    ['data\u009b', 'holds a control character'],
    ['data\ud800', 'not valid Unicode'],
    ['data\ufffd', 'not valid Unicode'],
    ['relative/../..', 'goes up with ".." after a name'],
    ['data/..', `write "${root}"`],
    [`${root}/data/../other`, `write "${root}/other"`],
    ['data/./../other', 'goes up with ".." after a name'],
    ['.../..', 'goes up with ".." after a name'],
    ['missing', `does not exist ("${root}/missing")`],
    ['data/in.csv/x', 'does not exist'],
    ['data/*', 'wildcards are not expanded'],
    ['~/data', '"~" is not expanded'],
    ['dangling', 'is a link to something that does not exist'],
    ['loop', 'is a link that leads back to itself'],
    ['x'.repeat(300), 'cannot be looked at (ENAMETOOLONG)'],
    ['/', 'write true instead of a list'],
    ['//', 'write true instead of a list'],
    ['/..', 'write true instead of a list'],
    ['link-to-root', 'write true instead of a list'],
    ['/proc', 'is in "/proc"'],
    ['/proc/self/environ', 'is in "/proc"'],
    ['link-to-proc', 'is in "/proc"'],
    ['link-to-root/proc', 'is in "/proc"'],
    ['/sys', 'is in "/sys"'],
    ['/dev/null', 'is in "/dev"'],
    ['link-to-comma', `leads to "${root}/a,b", which holds a comma`],
    ['link-to-comma/file', 'holds a comma'],
    ['link-to-line', 'holds a control character'],
    ['pipe', 'is neither a file nor a folder'],
  ])('refuses %j: %s', (entry, reason) => {
    const problems = problemsOf(() => resolve('data', entry))
    expect(problems).toEqual([{ path: 'allowRead[1]', problem: expect.stringContaining(reason) }])
    expect(problems[0]?.problem).not.toMatch(/\p{Cc}/u)
  })

  test('refuses a relative entry when the current folder has a name that cannot be granted', () => {
    const work = () => resolveGrantedPaths('allowRead', ['file'], { cwd: at('a,b'), protectedFolders: [] })
    expect(problemsOf(work)[0]?.problem).toContain(`made absolute as "${root}/a,b/file", holds a comma`)
  })

  test.skipIf(process.getuid?.() === 0)('refuses what it may not look at', () => {
    mkdirSync(at('locked/inner'), { recursive: true })
    chmodSync(at('locked'), 0)
    expect(problemsOf(() => resolve('locked/inner'))[0]?.problem).toContain('cannot be looked at (EACCES)')
    chmodSync(at('locked'), 0o700)
  })

  test.each([
    ['own/cache', [at('own/cache')], `is in "${root}/own/cache"`],
    ['own', [at('own/cache')], `holds "${root}/own/cache"`],
    ['.', [at('own/cache')], `holds "${root}/own/cache"`],
    ['link-to-own', [at('own/cache')], `holds "${root}/own/cache"`],
    ['link-to-own/cache', [at('own')], `is in "${root}/own"`],
    ['own', [at('link-to-own/not/yet/there')], `holds "${root}/own/not/yet/there"`],
  ])('refuses %s beside the protected %j', (entry, protectedFolders, reason) => {
    const work = () => resolveGrantedPaths('allowWrite', [entry], { cwd: root, protectedFolders })
    expect(problemsOf(work)).toEqual([{ path: 'allowWrite[0]', problem: expect.stringContaining(reason) }])
  })

  test('grants the sibling of a protected folder', () => {
    const protectedFolders = [at('data-2'), at('own/cache'), at('not/there')]
    expect(resolveGrantedPaths('allowWrite', ['data'], { cwd: root, protectedFolders })).toEqual([
      folder('data'),
    ])
  })

  test('leaves out what another entry grants in the same place', () => {
    expect(resolve('data/in.csv', 'data', './data', 'data/inner', 'data-2')).toEqual([
      folder('data'),
      folder('data-2'),
    ])
    expect(resolve('data/in.csv', 'data/in.csv')).toEqual([file('data/in.csv')])
  })

  test('keeps a link beside the folder around it: it leads elsewhere', () => {
    expect(resolve('data', 'data/out')).toEqual([folder('data'), folder('data/out', 'other')])
    expect(resolve('data', 'data/same.csv')).toHaveLength(2)
    expect(resolve('data', 'link-to-data')).toEqual([folder('data'), folder('link-to-data', 'data')])
    expect(resolve('link-to-data', 'link-to-data/inner')).toEqual([folder('link-to-data', 'data')])
  })
})

test('grantOf() finds the grant around a real path, and none around its neighbours', () => {
  const granted = resolve('data', 'other/secret')
  expect(grantOf(granted, at('data'))).toEqual(folder('data'))
  expect(grantOf(granted, at('data/inner/new'))).toEqual(folder('data'))
  expect(grantOf(granted, at('other/secret'))).toEqual(file('other/secret'))
  for (const path of ['data-2', 'other', 'other/secret/x', '', '..data'])
    expect(grantOf(granted, at(path))).toBeNull()
})

const parts = fc.constantFrom(
  'data',
  'inner',
  'in.csv',
  'out',
  'other',
  'deep',
  'secret',
  'link-to-data',
  'same.csv',
)
const odd = fc.constantFrom(
  '..',
  '.',
  '',
  'a,b',
  'link-to-comma',
  'link-to-root',
  'x\0',
  '/',
  'line\nbreak',
  'loop',
)
const entries = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof({ weight: 6, arbitrary: parts }, odd), { minLength: 1, maxLength: 4 }),
  )
  .map(([absolute, names]) => (absolute ? `${root}/` : '') + names.join('/'))

test('resolveGrantedPaths() grants what an entry names, no more and no less', () => {
  let accepted = 0
  const verdicts = new Map<string, boolean>()
  const isGood = (entry: string) => {
    const known = verdicts.get(entry) ?? problemsOf(() => resolve(entry)).length === 0
    verdicts.set(entry, known)
    return known
  }
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 3 }), (list) => {
      const good = list.filter(isGood)
      const bad = list.filter((entry) => !good.includes(entry))
      expect(problemsOf(() => resolve(...list))).toHaveLength(bad.length)
      const granted = resolve(...good)
      const named = good.map((entry) => (entry.startsWith('/') ? entry : `${root}/${entry}`))
      for (const { path, target } of granted) {
        expect(named.some((entry) => join(entry, '.').replace(/(.)\/$/, '$1') === path)).toBe(true)
        expect(realpathSync(path)).toBe(target)
        expect(`${path}${target}`).not.toMatch(/[,\p{Cc}]/u)
      }
      for (const entry of named) expect(grantOf(granted, realpathSync(entry))).not.toBeNull()
      accepted += granted.length
    }),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(1000)
})
