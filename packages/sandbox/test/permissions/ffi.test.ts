import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import {
  compileNative,
  type Globals,
  hasCompiler,
  isLinux,
  libc,
  libm,
  PRELUDE,
  runNative,
} from '../fixtures/native-libraries.ts'
import { program } from '../fixtures/program.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-ffi-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string) => join(root, name)
const compile = (name: string, ...options: string[]) => compileNative(at(name), options)

describe.runIf(isLinux).each(['auto', 'deno'] as const)('isolation "%s"', (isolation) => {
  let walls: readonly string[]
  beforeAll(async () => {
    walls = (await runNative({ isolation }, '1')).permissions.walls
  })

  const value = async (options: SandboxOptions, code: string, globals?: Globals) => {
    const { result, error, permissions } = await runNative({ isolation, ...options }, code, globals)
    expect(error).toBeNull()
    // A grant takes no wall away.
    expect(permissions.walls).toEqual(walls)
    return result
  }

  test('calls functions of a granted library', async () => {
    const results = await value({ allowFfi: [libm, libc] }, program('permissions/ffi-calls'))
    const ENOENT = 'No such file or directory'
    expect(results).toEqual([1, 'float', 'AAAA\0\0', 'abcd..', 4, ENOENT, '45a9'])
  })

  test('opens nothing beside the grant', async () => {
    for (const name of ['granted.so', 'neighbour.so']) copyFileSync(libm, at(name))
    rmSync(at('later.so'), { force: true })
    const options = { isolation, allowFfi: [at('granted.so')], pool: { min: 0, max: 1 } }
    await using sandbox = new PyodideSandbox(options)
    symlinkSync('granted.so', at('later.so'))
    const code = `${PRELUDE}
granted = d + '/granted.so'
[agentchat_ffi.open(granted).path, agentchat_ffi.open(granted + '/').path,
 *(attempt(lambda: agentchat_ffi.open(path)) for path in
   (d + '/neighbour.so', d + '/later.so', d + '/../granted.so', granted + '.1', d, 'granted.so', libm))]`
    const { result, permissions } = await sandbox.execute(code, { globals: { d: root, libm } })
    const refusal =
      /^PermissionError: .*Cannot open the library ".*": "allowFfi" grants only ".*granted\.so"$/
    const granted = [at('granted.so'), at('granted.so')]
    expect(result).toEqual([...granted, ...Array.from({ length: 7 }, () => expect.stringMatching(refusal))])
    expect(permissions.used).toEqual([{ kind: 'ffi', value: at('granted.so'), count: 2 }])
    expect(permissions.denied.map(({ kind, value }) => [kind, value])).toEqual([
      ['ffi', at('neighbour.so')],
      ['ffi', at('later.so')],
      ['ffi', join(root, '..', 'granted.so')],
      ['ffi', at('granted.so.1')],
      ['ffi', root],
      ['ffi', 'granted.so'],
      ['ffi', libm],
    ])
  })

  test('opens a link that was granted as what it led to, and not when the file has become another', async () => {
    copyFileSync(libm, at('real.so'))
    symlinkSync('real.so', at(`link-${isolation}.so`))
    const link = at(`link-${isolation}.so`)
    const code = `agentchat_ffi.open(link).function('sqrt', ['f64'], 'f64')(16)`
    const globals = { link }
    const options = { isolation, allowFfi: [link], pool: { min: 0, max: 1 } }
    await using sandbox = new PyodideSandbox(options)
    const first = await sandbox.execute(PRELUDE + code, { globals })
    expect(first).toMatchObject({ error: null, result: 4 })
    expect(first.permissions.used).toEqual([{ kind: 'ffi', value: at('real.so'), count: 2 }])

    renameSync(at('real.so'), at('moved.so'))
    symlinkSync('moved.so', at('real.so'))
    const second = await sandbox.execute(PRELUDE + code, { globals })
    expect(second.error).toMatchObject({ kind: 'permission', name: 'PermissionError' })
    rmSync(at('real.so'))
  })

  test('true opens every library, and looks up names', async () => {
    const code = `[agentchat_ffi.open(n).function('cos', ['f64'], 'f64')(0) for n in (libm, 'libm.so.6')] + [
 attempt(lambda: agentchat_ffi.open('/no/such.so'))]`
    const results = await value({ allowFfi: true }, code)
    expect(results).toEqual([
      1,
      1,
      expect.stringMatching(/^OSError: .*"\/no\/such\.so": .*cannot open shared/),
    ])
  })

  test('grants of files and of libraries go together, one in the other', async () => {
    copyFileSync(libm, at('together.so.1'))
    rmSync(at('together.so'), { force: true })
    symlinkSync('together.so.1', at('together.so'))
    const library = at('together.so')
    const combinations: SandboxOptions[] = [
      { allowFfi: [library], allowRead: [root] },
      { allowFfi: [library], allowRead: [library] },
      { allowFfi: [library], allowRead: true, allowWrite: true },
      { allowFfi: [library], allowRead: ['/usr'] },
      { allowFfi: [library, libm, libc], allowRead: true },
    ]
    const code = `agentchat_ffi.open(library).function('cos', ['f64'], 'f64')(0)`
    for (const options of combinations) expect(await value(options, code, { library })).toBe(1)
    const both = await value({ allowFfi: true, allowRead: true }, code, { library: libm })
    expect(both).toBe(1)
  })

  test('a wrong call is an exception', async () => {
    const results = await value({ allowFfi: [libc] }, program('permissions/ffi-wrong-calls'))
    expect(results).toEqual([
      'TypeError: llabs() takes 1 arguments, got 0',
      'TypeError: llabs() takes 1 arguments, got 2',
      'TypeError: argument 1 of llabs() must be i64, not float',
      'TypeError: argument 1 of llabs() must be i64, not str',
      'OverflowError: argument 1 of llabs() does not fit into i64: 9223372036854775808',
      'TypeError: argument 1 of strlen() must be a bytes-like object or None, not str',
      expect.stringMatching(/^BufferError: argument 1 of strlen\(\): .*contiguous/),
      'OverflowError: argument 1 of free() does not fit into pointer: -1',
      `AttributeError: library '${libc}' has no function 'no_such_function'`,
      expect.stringMatching(/^ValueError: parameter of free\(\) must be one of .*, not 'int'/),
      'TypeError: parameters must be a list of types, not str',
      expect.stringMatching(/^ValueError: result of free\(\) must be one of .*void, not 'buffer'/),
      expect.stringMatching(/^TypeError: parameter of free\(\)/),
      'TypeError: name of a function must be str, not bytes',
      'ValueError: NULL pointer',
      expect.stringMatching(/^ValueError: embedded null/),
      expect.stringMatching(/^TypeError/),
      'ValueError: the path of a library is empty',
      `ValueError: library '${libc}' is closed`,
      `ValueError: library '${libc}' is closed`,
      `ValueError: library '${libc}' is closed`,
      true,
    ])
  })

  test.each([
    ['abort', "c.function('abort')()"],
    ['a bad address', "c.function('strlen', ['pointer'], 'usize')(8)"],
    ['exit', "c.function('_exit', ['i32'])(0)"],
  ])('%s in native code is a crash, and the next execution works', async (_, code) => {
    await using sandbox = new PyodideSandbox({ isolation, allowFfi: [libc], pool: { min: 0, max: 1 } })
    const open = 'import agentchat_ffi\nc = agentchat_ffi.open(libc)\n'
    const crashed = await sandbox.execute(`${open}print('before')\n${code}`, { globals: { libc } })
    expect(crashed).toMatchObject({ status: 'error', result: null, stdout: 'before\n' })
    expect(crashed.error?.kind).toBe('crashed')
    const code2 = `${open}c.function('abs', ['i32'], 'i32')(-7)`
    expect(await sandbox.execute(code2, { globals: { libc } })).toMatchObject({ error: null, result: 7 })
  })

  test('limits hold native code', async () => {
    const sleep = `agentchat_ffi.open(libc).function('sleep', ['u32'], 'u32')(30)`
    const slow = await runNative({ isolation, allowFfi: [libc], timeoutSeconds: 0.5 }, sleep)
    expect(slow.error?.kind).toBe('timeout')
    const fill = `
c = agentchat_ffi.open(libc)
size = 900 * 2**20
c.function('memset', ['pointer', 'i32', 'usize'])(c.function('malloc', ['usize'], 'pointer')(size), 1, size)
c.function('sleep', ['u32'], 'u32')(5)`
    const large = await runNative({ isolation, allowFfi: [libc], memoryLimitMb: 64 }, fill)
    expect(large.error?.kind).toBe('memory')
  })

  test('native code sees of the host what the second wall shows, which without it is everything', async () => {
    const code = `
c = agentchat_ffi.open(libc)
def opens(path): return c.function('open', ['buffer', 'i32'], 'i32')(path.encode(), 0) >= 0
def starts(path): return c.function('access', ['buffer', 'i32'], 'i32')(path.encode(), 1) == 0
[opens(libc), opens('/etc/passwd'), opens(secret), starts('/usr/bin/env')]`
    copyFileSync('/etc/passwd', at('secret'))
    for (const allowFfi of [[libc], true]) {
      const { result, permissions } = await runNative({ isolation, allowFfi }, code, { secret: at('secret') })
      const walled = walls.includes('bubblewrap')
      expect(permissions.walls).toEqual(walls)
      expect(result).toEqual(walled ? [true, false, false, false] : [true, true, true, true])
    }
  })

  test.runIf(hasCompiler)('every type goes in and comes out exactly', async () => {
    const code = program('permissions/ffi-view-of-the-host')
    const library = compile('values.so')
    const results = await value({ allowFfi: [library] }, code, { library })
    expect(results).toEqual([
      [],
      -1,
      true,
      0,
      [-30, -5],
      2 ** 40 - 3,
      1,
      'OverflowError: argument 1 of same_f32() does not fit into f32: 1e+300',
      'TypeError: argument 1 of same_bool() must be bool, not int',
    ])
  })

  test.runIf(hasCompiler)('a library that another one needs is granted by its name', async () => {
    const needed = compile('libother.so.1', '-Wl,-soname,libother.so.1')
    const library = compile('needs.so', '-DNEEDS_OTHER', needed, '-Wl,-rpath,$ORIGIN')
    renameSync(needed, `${needed}.0`)
    symlinkSync('libother.so.1.0', needed)
    const code = `attempt(lambda: agentchat_ffi.open(library).function('through_other', [], 'i32')())`
    const walled = walls.includes('bubblewrap')
    const alone = await value({ allowFfi: [library] }, code, { library })
    const missing = /^OSError: .*libother\.so\.1: cannot open shared object file.*"allowFfi" too/
    expect(alone).toEqual(walled ? expect.stringMatching(missing) : 42)
    expect(await value({ allowFfi: [library, needed] }, code, { library })).toBe(42)
    rmSync(needed)
  })

  test('the example of docs/permissions/ffi.md prints what it says', async () => {
    const page = readFileSync(new URL('../../../../docs/permissions/ffi.md', import.meta.url), 'utf8')
    const [, code = ''] = /```python\n([\s\S]+?)```/.exec(page) ?? []
    const [, printed] = /```text\n([\s\S]+?)```/.exec(page) ?? []
    const result = await runNative(
      { isolation, allowFfi: [libm] },
      code.replace(/"\/usr\/.*"/, JSON.stringify(libm)),
    )
    expect(result).toMatchObject({ error: null, stdout: printed })
  })
})

test.runIf(isLinux)(
  'the receipt counts no library that is not opened, and allowRead grants none',
  async () => {
    const unused = await runNative({ allowFfi: [libm] }, '1')
    expect(unused.permissions).toMatchObject({ granted: { ffi: [libm] }, used: [], denied: [] })
    const read = await runNative({ allowRead: [libm] }, `attempt(lambda: agentchat_ffi.open(libm))`)
    expect(read.result).toMatch(/^PermissionError: .*"allowFfi" grants none/)
  },
)
