import { expect, test } from 'vitest'
import { type DenoGrant, denoArgs } from './deno-args.ts'

const nothing: DenoGrant = {
  readable: [],
  writable: [],
  loadable: [],
  script: '/app/main.js',
  argument: '{}',
}
const ALWAYS = [
  'run',
  '--quiet',
  '--no-prompt',
  '--no-remote',
  '--no-npm',
  '--no-config',
  '--no-lock',
  '--no-check',
]
const LAST = [
  '--v8-flags=--max-old-space-size=256,--disallow-code-generation-from-strings,--wasm-stack-switching-stack-size=60000,--stack-size=60000',
  '/app/main.js',
  '{}',
]

// Every flag that we ever pass: a change of this table is a change of the wall.
test.each<[string, Partial<DenoGrant>, string[]]>([
  ['nothing', {}, []],
  ['one folder to read', { readable: ['/image'] }, ['--allow-read=/image']],
  ['two folders to read', { readable: ['/a b', '/c'] }, ['--allow-read=/a b,/c']],
  ['everything to read', { readable: true }, ['--allow-read']],
  ['everything to write', { readable: ['/c'], writable: true }, ['--allow-read=/c', '--allow-write']],
  ['a folder to write', { readable: ['/d'], writable: ['/d'] }, ['--allow-read=/d', '--allow-write=/d']],
  ['a library', { readable: ['/c'], loadable: ['/l/x.so'] }, ['--allow-read=/c', '--allow-ffi=/l/x.so']],
  ['two libraries', { loadable: ['/l/x.so', '/l/y.so'] }, ['--allow-ffi=/l/x.so,/l/y.so']],
  ['every library', { loadable: true }, ['--allow-ffi']],
])('denoArgs() grants %s and no more', (_, grant, flags) => {
  expect(denoArgs({ ...nothing, ...grant })).toEqual([...ALWAYS, ...flags, ...LAST])
})

test.each(['', '/a,/', '/a\0b', ','])(
  'denoArgs() refuses the path %j, which Deno would read as another one',
  (path) => {
    expect(() => denoArgs({ ...nothing, readable: [path] })).toThrow(TypeError)
    expect(() => denoArgs({ ...nothing, readable: ['/ok'], writable: [path] })).toThrow(TypeError)
    expect(() => denoArgs({ ...nothing, readable: ['/ok'], loadable: [path] })).toThrow(TypeError)
  },
)

test('denoArgs() puts what it is given behind the script, never before it', () => {
  const args = denoArgs({ ...nothing, argument: '--allow-all' })
  expect(args.indexOf('--allow-all')).toBeGreaterThan(args.indexOf('/app/main.js'))
})
