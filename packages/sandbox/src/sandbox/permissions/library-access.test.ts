import { mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { libraryAccess, NO_LIBRARIES, withoutReplaced } from './library-access.ts'
import type { GrantedPath } from './paths.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-library-access-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const library = (path: string, target = path): GrantedPath => ({ path, target, kind: 'file' })

describe('libraryAccess()', () => {
  test('grants nothing where nothing is granted', () => {
    expect(libraryAccess({ ffi: false })).toBe(NO_LIBRARIES)
  })

  test('grants real files, shows them by both names, and tells the runner which is which', () => {
    const ffi = [library('/l/libx.so', '/l/libx.so.1'), library('/l/libx.so.1'), library('/m/liby.so')]
    expect(libraryAccess({ ffi })).toEqual({
      load: ['/l/libx.so.1', '/m/liby.so'],
      binds: [
        { inside: '/l/libx.so.1', source: '/l/libx.so.1' },
        { inside: '/l/libx.so', source: '/l/libx.so.1' },
        { inside: '/m/liby.so', source: '/m/liby.so' },
      ],
      plan: {
        granted: [
          { path: '/l/libx.so', target: '/l/libx.so.1' },
          { path: '/l/libx.so.1', target: '/l/libx.so.1' },
          { path: '/m/liby.so', target: '/m/liby.so' },
        ],
      },
    })
  })

  test('true grants all to Deno, and shows the folders of the system and none of a user', () => {
    const { load, binds, plan } = libraryAccess({ ffi: true })
    expect([load, plan]).toEqual([true, { granted: null }])
    const shown = binds.map(({ inside }) => inside)
    expect(shown).toContain('/usr/lib')
    for (const place of shown)
      expect(place).toMatch(/^\/((usr\/(local\/)?)?lib\w*|opt|nix\/store|gnu\/store|etc\/ld\.so\.cache)$/)
  })
})

test('withoutReplaced() leaves out what has gone and what is a link to something else by now', () => {
  const names = ['kept.so', 'gone.so', 'turned.so', 'secret.so']
  const [kept = '', gone = '', turned = '', secret = ''] = names.map((name) => join(root, name))
  for (const path of [kept, gone, turned, secret]) writeFileSync(path, '')
  const access = libraryAccess({ ffi: [kept, gone, turned].map((path) => library(path)) })
  expect(withoutReplaced(access)).toEqual(access)

  rmSync(gone)
  renameSync(turned, join(root, 'moved.so'))
  symlinkSync(secret, turned)
  expect(withoutReplaced(access)).toEqual(libraryAccess({ ffi: [library(kept)] }))
  const all = libraryAccess({ ffi: true })
  expect(withoutReplaced(all)).toBe(all)
})
