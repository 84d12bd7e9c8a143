import { execFileSync } from 'node:child_process'
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
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-ffi-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const at = (name: string) => join(root, name)

const isLinux = process.platform === 'linux'
/** The file of a library that this process itself has loaded. */
function loadedLibrary(name: string): string {
  const [path = ''] = new RegExp(`/\\S*/${name}$`, 'm').exec(readFileSync('/proc/self/maps', 'utf8')) ?? []
  return path
}
const libc = isLinux ? loadedLibrary('libc\\.so\\.6') : ''
const libm = isLinux ? loadedLibrary('libm\\.so\\.6') : ''

const hasCompiler = isLinux && canRun('cc', ['--version'])

function canRun(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Compiles the library of the fixtures. */
function compile(name: string, ...options: string[]): string {
  const source = fileURLToPath(new URL('../fixtures/native-values.c', import.meta.url))
  execFileSync('cc', ['-shared', '-fPIC', '-o', at(name), source, ...options], { cwd: root })
  return at(name)
}

const PRELUDE = `
import agentchat_ffi
def attempt(f):
    try: return f()
    except Exception as error: return type(error).__name__ + ': ' + str(error)
`

type Globals = Record<string, string | number>

async function run(
  options: SandboxOptions,
  code: string,
  globals: Globals = {},
): Promise<CodeExecutionResult> {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, ...options })
  try {
    return await sandbox.execute(PRELUDE + code, { globals: { libc, libm, ...globals } })
  } finally {
    await sandbox.close()
  }
}

test('agentchat_ffi can be imported where nothing is granted, and opening raises PermissionError', async () => {
  const code = `
import errno
try: agentchat_ffi.open('/l/libx.so')
except PermissionError as error: first = [error.errno == errno.EACCES, error.strerror]
[first, agentchat_ffi.open('libm.so.6')]`
  const { error, permissions } = await run({}, code)
  expect(error).toMatchObject({ kind: 'permission', name: 'PermissionError' })
  expect(error?.message).toContain('Cannot open the library "libm.so.6": "allowFfi" grants none')
  expect(permissions).toMatchObject({
    granted: { ffi: false },
    used: [],
    denied: [
      { kind: 'ffi', value: '/l/libx.so', count: 1 },
      { kind: 'ffi', value: 'libm.so.6', count: 1 },
    ],
  })
})

test('ctypes says where libraries of the host are', async () => {
  const { result } = await run({}, `import ctypes\nattempt(lambda: ctypes.CDLL('/usr/lib/libm.so.6'))`)
  expect(result).toMatch(/^OSError: .*\/usr\/lib\/libm\.so\.6/)
  expect(result).toMatch(/"agentchat_ffi".*"allowFfi"/)
})

describe.runIf(isLinux).each(['auto', 'deno'] as const)('isolation "%s"', (isolation) => {
  let walls: readonly string[]
  beforeAll(async () => {
    walls = (await run({ isolation }, '1')).permissions.walls
  })

  const value = async (options: SandboxOptions, code: string, globals?: Globals) => {
    const { result, error, permissions } = await run({ isolation, ...options }, code, globals)
    expect(error).toBeNull()
    // A grant takes no wall away.
    expect(permissions.walls).toEqual(walls)
    return result
  }

  test('calls functions of a granted library', async () => {
    const results = await value(
      { allowFfi: [libm, libc] },
      `
with agentchat_ffi.open(libm) as m: cosine = m.function('cos', ['f64'], 'f64')(0)
c = agentchat_ffi.open(libc)
filled, copied = bytearray(6), bytearray(b'......')
c.function('memset', ['buffer', 'i32', 'usize'], 'pointer')(filled, 65, 4)
c.function('memcpy', ['buffer', 'buffer', 'usize'], 'pointer')(copied, b'abcdef', 4)
text = c.function('strdup', ['buffer'], 'pointer')('é'.encode())
c.write(text, b'E')
written = c.read(text, 2).hex()
c.function('free', ['pointer'])(text)
[cosine, type(cosine).__name__, filled.decode(), copied.decode(), c.function('strlen', ['buffer'], 'usize')(b'four'),
 c.cstring(c.function('strerror', ['i32'], 'pointer')(2)).decode(), written]`,
    )
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
    const results = await value(
      { allowFfi: [libc] },
      `
c = agentchat_ffi.open(libc)
labs = c.function('llabs', ['i64'], 'i64')
length = c.function('strlen', ['buffer'], 'usize')
tests = [lambda: labs(), lambda: labs(1, 2), lambda: labs(1.5), lambda: labs('1'), lambda: labs(2**63),
  lambda: length('text'), lambda: length(memoryview(b'abcd')[::2]), lambda: c.function('free', ['pointer'])(-1),
  lambda: c.function('no_such_function'), lambda: c.function('free', ['int']), lambda: c.function('free', 'pointer'),
  lambda: c.function('free', [], 'buffer'), lambda: c.function('free', [int]), lambda: c.function(b'free'),
  lambda: c.cstring(0), lambda: agentchat_ffi.open('/x' + chr(0)), lambda: agentchat_ffi.open(1),
  lambda: agentchat_ffi.open('')]
results = [attempt(each) for each in tests]
c.close()
c.close()
results + [attempt(lambda: labs(1)), attempt(lambda: c.function('free')), attempt(lambda: c.cstring(1)), c.closed]`,
    )
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
    const slow = await run({ isolation, allowFfi: [libc], timeoutSeconds: 0.5 }, sleep)
    expect(slow.error?.kind).toBe('timeout')
    const fill = `
c = agentchat_ffi.open(libc)
size = 900 * 2**20
c.function('memset', ['pointer', 'i32', 'usize'])(c.function('malloc', ['usize'], 'pointer')(size), 1, size)
c.function('sleep', ['u32'], 'u32')(5)`
    const large = await run({ isolation, allowFfi: [libc], memoryLimitMb: 64 }, fill)
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
      const { result, permissions } = await run({ isolation, allowFfi }, code, { secret: at('secret') })
      const walled = walls.includes('bubblewrap')
      expect(permissions.walls).toEqual(walls)
      expect(result).toEqual(walled ? [true, false, false, false] : [true, true, true, true])
    }
  })

  test.runIf(hasCompiler)('every type goes in and comes out exactly', async () => {
    const code = `
import math, struct
lib = agentchat_ffi.open(library)
def same(kind, *values):
    f = lib.function('same_' + kind, [kind], kind)
    return all(f(v) == v and type(f(v)) is type(v) for v in values)
def ends(bits): return (-2**(bits - 1), -1, 0, 1, 2**(bits - 1) - 1), (0, 1, 2**(bits - 1), 2**bits - 1)
wrong = []
for bits in (8, 16, 32, 64):
    signed, unsigned = ends(bits)
    if not same(f'i{bits}', *signed): wrong.append(f'i{bits}')
    if not same(f'u{bits}', *unsigned): wrong.append(f'u{bits}')
if not same('isize', *ends(64)[0]): wrong.append('isize')
if not same('usize', *ends(64)[1]): wrong.append('usize')
if not same('pointer', 0, 1, 2**53 + 1): wrong.append('pointer')
if not same('bool', True, False): wrong.append('bool')
if not same('f32', 0.0, 1.0, -0.5, math.inf): wrong.append('f32')
if not same('f64', 0.0, 1.0, 0.1, -math.inf, 5e-324): wrong.append('f64')
f64 = lib.function('same_f64', ['f64'], 'f64')
point = bytearray(struct.pack('<i4xd', 3, 0.5))
lib.function('scale', ['buffer', 'i8', 'bool'])(point, 10, True)
mixed = lib.function('mixed', ['i8', 'buffer', 'f32', 'u64', 'buffer'], 'f64')
from array import array
[wrong, math.copysign(1, f64(-0.0)), math.isnan(f64(math.nan)), lib.function('same_pointer', ['pointer'], 'pointer')(None),
 struct.unpack('<i4xd', point), mixed(-1, array('d', [2.5, 9]), 0.5, 2**40, point), mixed(1, None, 0, 0, None),
 attempt(lambda: lib.function('same_f32', ['f32'], 'f32')(1e300)),
 attempt(lambda: lib.function('same_bool', ['bool'], 'bool')(1))]`
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
    const result = await run(
      { isolation, allowFfi: [libm] },
      code.replace(/"\/usr\/.*"/, JSON.stringify(libm)),
    )
    expect(result).toMatchObject({ error: null, stdout: printed })
  })
})

test.runIf(isLinux)(
  'the receipt counts no library that is not opened, and allowRead grants none',
  async () => {
    const unused = await run({ allowFfi: [libm] }, '1')
    expect(unused.permissions).toMatchObject({ granted: { ffi: [libm] }, used: [], denied: [] })
    const read = await run({ allowRead: [libm] }, `attempt(lambda: agentchat_ffi.open(libm))`)
    expect(read.result).toMatch(/^PermissionError: .*"allowFfi" grants none/)
  },
)
