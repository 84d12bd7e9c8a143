import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { type GrantSettings, type Grants, resolveGrants } from './grants.ts'
import { hostText } from './hosts.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-grants-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const at = (path: string) => join(root, path)

for (const folder of ['data', 'bin', 'lib', 'cache']) mkdirSync(at(folder))
for (const file of ['bin/tool', 'bin/script.py', 'lib/libx.so', 'data/tool', 'data/libx.so', 'data/in.csv']) {
  writeFileSync(at(file), file === 'bin/script.py' ? `#!${at('data/tool')}\n` : `\x7fELF ${file}`)
  chmodSync(at(file), 0o755)
}
symlinkSync(at('data/tool'), at('bin/link'))

const nothing: GrantSettings = {
  allowEnv: false,
  allowRead: false,
  allowWrite: false,
  allowNet: false,
  allowRun: false,
  allowFfi: false,
}
const context = {
  cwd: root,
  env: { PATH: at('bin'), HOME: '/home/me', SECRET: 'x' },
  protectedFolders: { read: [], write: [at('cache')] },
}
const resolve = (settings: Partial<GrantSettings>) => resolveGrants({ ...nothing, ...settings }, context)

function problemsOf(settings: Partial<GrantSettings>): InvalidOptionsError['problems'] {
  try {
    resolve(settings)
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

describe('resolveGrants()', () => {
  test('grants nothing by default, nor for empty lists', () => {
    const none = resolve({})
    expect(none).toMatchObject({ read: false, write: false, run: false, ffi: false, warnings: [] })
    expect(none.net.allow).toBe(false)
    expect(none.net.deny.map(hostText)).toEqual(DEFAULT_DENY_NET)
    expect(Object.keys(none.env)).toEqual([])
    expect(
      resolve({ allowEnv: [], allowRead: [], allowWrite: [], allowNet: [], allowRun: [], allowFfi: [] }),
    ).toEqual(none)
  })

  test('grants all for true, and says what that means', () => {
    const all = resolve({
      allowEnv: true,
      allowRead: true,
      allowWrite: true,
      allowNet: true,
      allowRun: true,
      allowFfi: true,
    })
    expect(all).toMatchObject({ read: true, write: true, run: true, ffi: true, net: { allow: true } })
    expect({ ...all.env }).toEqual(context.env)
    expect(all.warnings.map((text) => text.split(':')[0])).toEqual([
      '"allowRead" is true',
      '"allowWrite" is true',
      '"allowRun" is true',
      '"allowFfi" is true',
    ])
    expect(resolve({ allowEnv: true, allowNet: true }).warnings).toEqual([])
  })

  test('grants exactly what the lists name', () => {
    const grants = resolve({
      allowEnv: ['HOME'],
      allowRead: ['data'],
      allowWrite: ['data/in.csv'],
      allowNet: ['Example.com:443'],
      allowRun: ['tool'],
      allowFfi: ['lib/libx.so'],
      denyNet: [],
    })
    expect({ ...grants.env }).toEqual({ HOME: '/home/me' })
    expect(grants).toMatchObject({
      read: [{ path: at('data'), target: at('data'), kind: 'folder' }],
      write: [{ path: at('data/in.csv'), kind: 'file' }],
      net: { allow: [{ kind: 'name', name: 'example.com', port: 443 }], deny: [] },
      run: [{ name: 'tool', path: at('bin/tool') }],
      ffi: [{ path: at('lib/libx.so'), kind: 'file' }],
      warnings: [],
    })
  })

  test('is frozen all the way down', () => {
    const grants = resolve({ allowRead: ['data'], allowNet: ['10.0.0.0/8'], allowRun: ['tool'] })
    const thawed: unknown[] = []
    const visit = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) thawed.push(value)
      Object.values(value).forEach(visit)
    }
    visit(grants)
    expect(thawed).toEqual([])
  })

  test('names every wrong entry of every option at once', () => {
    const problems = problemsOf({
      allowEnv: ['A,B'],
      allowRead: ['data', '/safe,/', ''],
      allowWrite: ['relative/../..'],
      allowNet: ['*'],
      denyNet: ['::1'],
      allowRun: ['nothing'],
      allowFfi: ['lib', 'libc.so.6'],
    })
    expect(problems.map(({ path }) => path)).toEqual([
      'allowEnv[0]',
      'allowRead[1]',
      'allowRead[2]',
      'allowWrite[0]',
      'allowNet[0]',
      'denyNet[0]',
      'allowRun[0]',
      'allowFfi[0]',
      'allowFfi[1]',
    ])
  })

  test('keeps our own folders from being written', () => {
    expect(problemsOf({ allowRead: ['cache'] })).toEqual([])
    expect(problemsOf({ allowWrite: ['cache'] })[0]?.path).toBe('allowWrite[0]')
    expect(problemsOf({ allowWrite: ['.'] })[0]?.path).toBe('allowWrite[0]')
  })

  test.each([
    [{ allowRun: ['data/tool'] }, 'allowRun', '/data/tool"'],
    [{ allowRun: ['link'] }, 'allowRun', '/bin/link"'],
    [{ allowRun: ['bin/script.py'] }, 'allowRun', '/data/tool"'],
    [{ allowFfi: ['data/libx.so'] }, 'allowFfi', '/data/libx.so"'],
  ])('refuses %j where Python could write it', (settings, path, file) => {
    expect(problemsOf(settings)).toEqual([])
    const problems = problemsOf({ ...settings, allowWrite: ['data'] })
    expect(problems).toMatchObject([{ path, problem: expect.stringContaining('Python could replace it') }])
    expect(problems[0]?.problem).toContain(file)
  })
})

function resolvedOrNull(settings: GrantSettings): Grants | null {
  try {
    return resolve(settings)
  } catch (error) {
    if (error instanceof InvalidOptionsError) return null
    throw error
  }
}

test('resolveGrants() gives `true` only for `true`, and no text with a comma or a NUL', () => {
  const entry = fc.oneof(
    fc.constantFrom(
      'data',
      'data/in.csv',
      'HOME',
      'tool',
      'lib/libx.so',
      'example.com',
      '10.0.0.0/8',
      '[::1]:80',
    ),
    fc.constantFrom('', '/', '*', 'data,/', 'a\0', '..', '/safe,/'),
  )
  const grant = fc.oneof(fc.boolean(), fc.array(entry, { maxLength: 2 }))
  const settings = fc.record({
    allowEnv: grant,
    allowRead: grant,
    allowWrite: grant,
    allowNet: grant,
    allowRun: grant,
    allowFfi: grant,
  })
  let accepted = 0
  fc.assert(
    fc.property(settings, (settings) => {
      const grants = resolvedOrNull(settings)
      if (grants === null) return
      accepted += 1
      const { env, read, write, net, run, ffi } = grants
      const pairs: [boolean | string[], boolean | readonly unknown[]][] = [
        [settings.allowRead, read],
        [settings.allowWrite, write],
        [settings.allowNet, net.allow],
        [settings.allowRun, run],
        [settings.allowFfi, ffi],
      ]
      for (const [asked, given] of pairs) {
        if (typeof asked === 'boolean') expect(given).toBe(asked)
        else if (asked.length === 0) expect(given).toBe(false)
        else expect(Array.isArray(given) && given.length > 0 && given.length <= asked.length).toBe(true)
      }
      const texts = JSON.stringify([Object.keys(env), read, write, net.allow, run, ffi], (_key, value) =>
        typeof value === 'string'
          ? value.replace(/[,\0]/g, 'FORBIDDEN')
          : typeof value === 'bigint'
            ? 0
            : value,
      )
      expect(texts).not.toContain('FORBIDDEN')
    }),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(100)
})
