import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../src/sandbox/index.ts'
import { JS } from './sandbox-fixture.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-grants-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
/** A new folder of this test alone, with these files in it; a name that ends in a slash is a folder. */
function host(files: Record<string, string>): (path: string) => string {
  folders += 1
  const folder = join(root, `t${folders}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, name.endsWith('/') ? '.' : '..'), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(join(folder, name), text)
  }
  return (path) => join(folder, path)
}

/**
 * `attempt(f)` gives what `f()` gives, or the name of the error and of its number. Nothing that a program does with
 * files may end the interpreter, so each test goes on after its failures.
 */
const ATTEMPT = `
import errno, os, shutil
def attempt(f):
    try:
        return f()
    except OSError as error:
        return type(error).__name__ + ' ' + errno.errorcode.get(error.errno, str(error.errno))
def read(path): return open(path).read()
def write(path, text):
    with open(path, 'w') as file: return file.write(text)
`

describe.each(['auto', 'deno'] as const)('isolation "%s"', (isolation) => {
  async function run(
    options: SandboxOptions,
    code: string,
    globals: Record<string, string | number> = {},
  ): Promise<CodeExecutionResult> {
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, isolation, ...options })
    try {
      return await sandbox.execute(ATTEMPT + code, { globals })
    } finally {
      await sandbox.close()
    }
  }

  /** The value of the last expression of code that must not fail. */
  async function value(
    options: SandboxOptions,
    code: string,
    globals?: Record<string, string | number>,
  ): Promise<unknown> {
    const result = await run(options, code, globals)
    expect(result.error).toBeNull()
    return result.result
  }

  describe('allowEnv', () => {
    test('shows the granted variable, and no other one of the host', async () => {
      process.env.AGENTCHAT_GRANTED = 'yes, "quoted"\nand ü'
      process.env.AGENTCHAT_SECRET = 'no'
      const environ = await value({ allowEnv: ['AGENTCHAT_GRANTED', 'AGENTCHAT_UNSET'] }, 'dict(os.environ)')
      expect(environ).toEqual({
        HOME: '/workspace',
        LANG: 'C.UTF-8',
        AGENTCHAT_GRANTED: 'yes, "quoted"\nand ü',
      })
      expect(await value({ allowEnv: ['AGENTCHAT_SECRE'] }, 'dict(os.environ)')).toEqual({
        HOME: '/workspace',
        LANG: 'C.UTF-8',
      })
    })

    test('shows all of them for true, and JavaScript still none', async () => {
      process.env.AGENTCHAT_GRANTED = 'yes'
      const result = await run({ allowEnv: true }, 'os.environ["AGENTCHAT_GRANTED"], os.getenv("PATH")')
      expect(result.result).toEqual(['yes', process.env.PATH])
      const js = await run({ allowEnv: true }, `${JS}\njs("Deno.env.get('PATH')")`)
      expect(js.status).toBe('error')
    })
  })

  describe('allowRead', () => {
    test('shows a file and a folder at their own paths, and no neighbour of theirs', async () => {
      const at = host({
        'data/in.csv': 'a,b',
        'data/sub/x': 'x',
        'data2/y': 'secret',
        one: '1',
        two: 'secret',
        'dat/z': 'secret',
      })
      const results = await value(
        { allowRead: [at('data'), at('one')] },
        `[attempt(lambda: read(root + path)) for path in
          ['/data/in.csv', '/data/sub/x', '/one', '/data2/y', '/two', '/dat/z', '/data/../two', '/data/none']]`,
        { root: at('.') },
      )
      const missing = 'FileNotFoundError ENOENT'
      expect(results).toEqual(['a,b', 'x', '1', missing, missing, missing, missing, missing])
    })

    test('walks, lists and describes what is there', async () => {
      const at = host({ 'data/a.txt': 'four', 'data/sub/b.bin': 'x', 'data/empty/': '' })
      chmodSync(at('data/a.txt'), 0o640)
      const results = await value(
        { allowRead: [at('data')] },
        `
import pathlib
data = pathlib.Path(folder)
info = os.stat(data / 'a.txt')
[
    sorted((os.path.relpath(path, folder), sorted(dirs), sorted(files)) for path, dirs, files in os.walk(folder)),
    sorted(str(path.relative_to(data)) for path in data.rglob('*')),
    info.st_size, oct(info.st_mode), info.st_mtime,
    (data / 'sub').is_dir(), (data / 'a.txt').is_file(), (data / 'none').exists(),
]`,
        { folder: at('data') },
      )
      const mtime = statSync(at('data/a.txt')).mtimeMs / 1000
      expect(results).toEqual([
        [
          ['.', ['empty', 'sub'], ['a.txt']],
          ['empty', [], []],
          ['sub', [], ['b.bin']],
        ],
        ['a.txt', 'empty', 'sub', 'sub/b.bin'],
        4,
        '0o100640',
        expect.closeTo(mtime, 2),
        true,
        true,
        false,
      ])
    })

    test('gives each failure its own exception, and changes nothing', async () => {
      const at = host({ 'data/file': 'x', 'data/sub/': '' })
      const results = await value(
        { allowRead: [at('data')] },
        `[attempt(f) for f in (
          lambda: read(d), lambda: read(d + '/file/x'), lambda: os.listdir(d + '/file'),
          lambda: write(d + '/file', 'y'), lambda: write(d + '/new', 'y'), lambda: os.remove(d + '/file'),
          lambda: os.mkdir(d + '/new'), lambda: os.rmdir(d + '/sub'), lambda: os.rename(d + '/file', d + '/g'),
          lambda: os.chmod(d + '/file', 0o777), lambda: os.utime(d + '/file', (1, 1)),
          lambda: os.truncate(d + '/file', 0), lambda: os.symlink('file', d + '/link'),
          lambda: read(d + '/' + 'x' * 300), lambda: write(os.path.dirname(d) + '/beside', 'y'),
          lambda: read(d + '/file'))]`,
        { d: at('data') },
      )
      const denied = 'PermissionError EACCES'
      expect(results).toEqual([
        'IsADirectoryError EISDIR',
        'NotADirectoryError ENOTDIR',
        'NotADirectoryError ENOTDIR',
        ...Array(10).fill(denied),
        'OSError ENAMETOOLONG',
        denied,
        'x',
      ])
      expect(readdirSync(at('.'))).toEqual(['data'])
      expect(readdirSync(at('data'))).toEqual(['file', 'sub'])
    })

    test('names the option and the path when something was refused', async () => {
      const at = host({ 'data/file': 'x' })
      const result = await run({ allowRead: [at('data')] }, `write('${at('data/new')}', '')`)
      expect(result.error).toMatchObject({ kind: 'permission', name: 'PermissionError' })
      expect(result.error?.hint).toContain('"allowWrite"')
      expect(result.error?.hint).toContain(at('data/new'))
    })

    test('follows links inside the grant and none that leads out, made before or after the start', async () => {
      const at = host({ 'data/file': 'inside', 'data/sub/x': 'x', secret: 'secret', 'other/y': 'secret' })
      symlinkSync('file', at('data/in'))
      symlinkSync(at('data/sub'), at('data/absolute'))
      symlinkSync('../secret', at('data/out'))
      symlinkSync(at('other'), at('data/folder'))
      symlinkSync('in', at('data/chain'))
      symlinkSync('sub/../../secret', at('data/climbing'))
      symlinkSync('loop', at('data/loop'))
      const sandbox = new PyodideSandbox({ allowRead: [at('data')], isolation, pool: { min: 1, max: 1 } })
      try {
        await sandbox.start()
        symlinkSync('../secret', at('data/late'))
        rmSync(at('data/sub'), { recursive: true })
        symlinkSync(at('other'), at('data/sub'))
        const { result, error } = await sandbox.execute(
          `${ATTEMPT}
[os.readlink(d + '/out')] + [attempt(lambda: read(d + '/' + path)) for path in
  ['in', 'chain', 'out', 'folder/y', 'climbing', 'loop', 'late', 'sub/y', 'absolute/y']] + [
  attempt(lambda: os.listdir(d + '/folder')), attempt(lambda: os.stat(d + '/out')), os.path.islink(d + '/out')]`,
          { globals: { d: at('data') } },
        )
        const denied = 'PermissionError EACCES'
        expect(error).toBeNull()
        expect(result).toEqual([
          '../secret',
          'inside',
          'inside',
          denied,
          denied,
          denied,
          'OSError ELOOP',
          denied,
          denied,
          denied,
          denied,
          denied,
          true,
        ])
      } finally {
        await sandbox.close()
      }
    })

    test('grants what a link leads to, at the path of the link', async () => {
      const at = host({ 'real/x': 'x', 'data/y': 'y' })
      symlinkSync('real', at('alias'))
      symlinkSync('../real', at('data/link'))
      const results = await value(
        { allowRead: [at('alias'), at('data'), at('data/link')] },
        `[attempt(lambda: read(root + path)) for path in ['/alias/x', '/data/y', '/data/link/x', '/real/x']]`,
        { root: at('.') },
      )
      expect(results).toEqual(['x', 'y', 'x', 'FileNotFoundError ENOENT'])
    })

    test('reads parts of a large file without loading it', async () => {
      const at = host({ 'data/large': '' })
      truncateSync(at('data/large'), 200 * 2 ** 20)
      const results = await value(
        { allowRead: [at('data')], memoryLimitMb: 64 },
        `
import mmap
total = 0
with open(path, 'rb') as file:
    while chunk := file.read(1 << 20): total += len(chunk)
    file.seek(-3, 2)
    end = [file.tell(), len(file.read())]
    file.seek(150 * 2**20)
    middle = file.read(5) == bytes(5)
try: open(path, 'rb').read()
except MemoryError: whole = 'MemoryError'
[total, end, middle, whole]`,
        { path: at('data/large') },
      )
      const size = 200 * 2 ** 20
      expect(results).toEqual([size, [size - 3, 3], true, 'MemoryError'])
    })

    test('leaves out what cannot be opened without waiting, or has no name in text', async () => {
      const at = host({ 'data/file': 'x' })
      execFileSync('mkfifo', [at('data/pipe')])
      writeFileSync(Buffer.concat([Buffer.from(at('data/bytes')), Buffer.from([0xff])]), '')
      const results = await value(
        { allowRead: [at('data')] },
        `[os.listdir(d), attempt(lambda: read(d + '/pipe'))]`,
        { d: at('data') },
      )
      expect(results).toEqual([['file'], 'OSError EINVAL'])
    })

    test('loses no descriptor to what cannot be opened', async () => {
      const at = host({ 'data/file': 'x', 'data/unreadable': '' })
      const results = await value(
        { allowRead: [at('data')] },
        `
for _ in range(5000): attempt(lambda: open(d + '/none')); attempt(lambda: open(d + '/file', 'r+'))
held = []
def hold():
    while True: held.append(open(d + '/file'))
limit = attempt(hold)
held.clear()
[read(d + '/file'), limit]`,
        { d: at('data') },
      )
      expect(results).toEqual(['x', 'OSError EMFILE'])
    })

    test('true shows the host and warns once', async () => {
      const at = host({ file: 'x' })
      const warnings: string[] = []
      const logger = {
        warn: (fields: object, event: string) => void warnings.push(`${event} ${JSON.stringify(fields)}`),
      }
      const results = await value(
        { allowRead: true, logger },
        `[read(path), 'root' in read('/etc/passwd'), 'usr' in os.listdir('/'), attempt(lambda: write(path, ''))]`,
        { path: at('file') },
      )
      expect(results).toEqual(['x', true, true, 'PermissionError EACCES'])
      expect(warnings).toEqual([expect.stringMatching(/^grant\.warning .*allowRead/)])
    })
  })

  describe('allowWrite', () => {
    const both = (path: string) => ({ allowRead: [path], allowWrite: [path] })

    test('makes, changes, renames and removes files and folders', async () => {
      const at = host({ 'data/old': 'old', 'data/from/a': 'a', 'data/from/b/c': 'c' })
      const results = await value(
        both(at('data')),
        `
os.chdir(d)
write('new', 'first line\\n')
with open('new', 'a') as file: file.write('second')
with open('old', 'r+') as file: file.seek(1); file.write('L'); file.truncate()
os.makedirs('x/y/z'); os.rename('x/y', 'y'); os.rmdir('x')
shutil.copytree('from', 'to'); shutil.rmtree('from')
os.replace('to/a', 'y/z/a')
os.utime('new', (1e9, 1.5e9)); os.chmod('new', 0o4751)
write('gone', ''); os.remove('gone')
[read('new'), os.stat('new').st_mtime, attempt(lambda: os.rmdir('y')), attempt(lambda: os.rename('new', '/workspace/n')),
 attempt(lambda: open('new', 'x')), attempt(lambda: os.mkdir('y')), attempt(lambda: os.remove('y')),
 shutil.move('y/z/a', '/workspace/a'), attempt(lambda: os.rmdir(d))]`,
        { d: at('data') },
      )
      expect(results).toEqual([
        'first line\nsecond',
        1.5e9,
        'OSError ENOTEMPTY',
        'OSError EXDEV',
        'FileExistsError EEXIST',
        'FileExistsError EEXIST',
        'IsADirectoryError EISDIR',
        '/workspace/a',
        'OSError EBUSY',
      ])
      expect(readdirSync(at('data'), { recursive: true }).sort()).toEqual([
        'new',
        'old',
        'to',
        'to/b',
        'to/b/c',
        'y',
        'y/z',
      ])
      expect(readFileSync(at('data/old'), 'utf8')).toBe('oL')
      // The bit that would make it run as its owner is not set.
      expect(statSync(at('data/new')).mode & 0o7777).toBe(0o751)
    })

    test('leaves new files with the mode that the host gives them', async () => {
      const at = host({ 'data/': '' })
      await value(
        both(at('data')),
        `import tempfile
write(d + '/plain', ''); os.close(os.open(d + '/opened', os.O_CREAT | os.O_WRONLY)); tempfile.mkstemp(dir=d)[0]`,
        { d: at('data') },
      )
      const mask = process.umask()
      expect(statSync(at('data/plain')).mode & 0o777).toBe(0o666 & ~mask)
      expect(statSync(at('data/opened')).mode & 0o777).toBe(0o666 & ~mask)
      const temporary = readdirSync(at('data')).find((name) => name.startsWith('tmp')) ?? ''
      expect(statSync(at(`data/${temporary}`)).mode & 0o777).toBe(0o600)
    })

    test('changes no neighbour of what is granted', async () => {
      const at = host({ 'data/': '', 'data2/x': 'x', one: '1', two: '2' })
      symlinkSync('../two', at('data/out'))
      symlinkSync('../data2', at('data/folder'))
      const results = await value(
        { allowRead: [at('data')], allowWrite: [at('data'), at('one')] },
        `[attempt(lambda: write(root + path, 'new')) for path in
          ['/one', '/two', '/data2/x', '/data2/y', '/data/out', '/data/folder/y', '/data/../two', '/three']] + [
          attempt(lambda: os.remove(root + '/one'))]`,
        { root: at('.') },
      )
      const [denied, missing] = ['PermissionError EACCES', 'FileNotFoundError ENOENT']
      expect(results).toEqual([3, denied, missing, missing, denied, denied, denied, denied, 'OSError EBUSY'])
      expect([readFileSync(at('one'), 'utf8'), readFileSync(at('two'), 'utf8')]).toEqual(['new', '2'])
      expect([readdirSync(at('data2')), existsSync(at('three'))]).toEqual([['x'], false])
    })

    test('without allowRead lets files be made, and nothing be read', async () => {
      const at = host({ 'out/old': 'secret', 'out/sub/': '', one: 'secret' })
      symlinkSync('../one', at('out/link'))
      symlinkSync('..', at('out/folder'))
      const results = await value(
        { allowWrite: [at('out'), at('one')] },
        `
d = root + '/out'
[write(d + '/new', 'new'), os.path.getsize(d + '/new'), os.path.exists(d + '/old'), os.path.isdir(d + '/sub'),
 os.makedirs(d + '/a/b'), write(d + '/a/b/c', 'c'), os.remove(d + '/a/b/c')] + [attempt(f) for f in (
 lambda: read(d + '/old'), lambda: os.listdir(d), lambda: os.rename(d + '/new', d + '/n'), lambda: read(root + '/one'),
 lambda: write(d + '/link', 'x'), lambda: write(d + '/folder/x', 'x'), lambda: os.readlink(d + '/link'))]`,
        { root: at('.') },
      )
      expect(results).toEqual([3, 3, true, true, null, 1, null, ...Array(7).fill('PermissionError EACCES')])
      expect(readFileSync(at('one'), 'utf8')).toBe('secret')
      expect(existsSync(at('x'))).toBe(false)
    })

    test('inside a folder that is only read, changes that part of it', async () => {
      const at = host({ 'data/in': 'x', 'data/out/': '' })
      const results = await value(
        { allowRead: [at('data')], allowWrite: [at('data/out')] },
        `[write(d + '/out/y', 'y'), read(d + '/out/y'), attempt(lambda: write(d + '/in', '')),
          attempt(lambda: os.rename(d + '/out/y', d + '/y'))]`,
        { d: at('data') },
      )
      expect(results).toEqual([1, 'y', 'PermissionError EACCES', 'PermissionError EACCES'])
    })

    test('sqlite3 keeps a database in a granted folder', async () => {
      const at = host({ 'data/': '' })
      const code = `
import sqlite3
with sqlite3.connect(d + '/x.db') as db:
    db.execute('create table if not exists t (n integer)')
    db.executemany('insert into t values (?)', [(n,) for n in range(1000)])
db.execute('begin'); db.execute('delete from t'); db.rollback()
[db.execute('select count(*), sum(n) from t').fetchone(), db.execute('pragma integrity_check').fetchone(), db.close()]`
      const first = await value(both(at('data')), code, { d: at('data') })
      expect(first).toEqual([[1000, 499500], ['ok'], null])
      expect(await value(both(at('data')), code, { d: at('data') })).toEqual([[2000, 999000], ['ok'], null])
      expect(readdirSync(at('data'))).toEqual(['x.db'])
    })

    test('maxWriteBytes ends writing with ENOSPC, and the next execution has its own', async () => {
      const at = host({ 'data/': '' })
      const options = { ...both(at('data')), maxWriteBytes: 10_000 }
      const code = `
written = 0
def fill():
    global written
    with open(d + '/' + name, 'wb', buffering=0) as file:
        while True: written += file.write(bytes(3000))
[attempt(fill), written, attempt(lambda: os.truncate(d + '/' + name, 20_000)), read(d + '/' + name) == chr(0) * 10_000,
 attempt(lambda: write(d + '/more', 'x'))]`
      const full = 'OSError ENOSPC'
      for (const name of ['a', 'b']) {
        const results = await value(options, code, { d: at('data'), name })
        expect(results).toEqual([full, 10_000, full, true, full])
        expect(statSync(at(`data/${name}`)).size).toBe(10_000)
      }
    })

    test('maxWriteFiles ends making files with ENOSPC; what is removed does not count', async () => {
      const at = host({ 'data/': '' })
      const results = await value(
        { ...both(at('data')), maxWriteFiles: 3 },
        `
for n in range(10): write(d + '/again', str(n)); os.remove(d + '/again')
[write(d + '/a', ''), os.mkdir(d + '/b'), write(d + '/c', ''), attempt(lambda: write(d + '/e', '')),
 attempt(lambda: os.mkdir(d + '/f')), write(d + '/a', 'x'), os.replace(d + '/c', d + '/a'), write(d + '/g', '')]`,
        { d: at('data') },
      )
      const full = 'OSError ENOSPC'
      expect(results).toEqual([0, null, 0, full, full, 1, null, 0])
      expect(readdirSync(at('data'))).toEqual(['a', 'b', 'g'])
    })

    test('writes files that are larger than what a worker without the grant may write', async () => {
      const at = host({ 'data/': '' })
      const size = 80 * 2 ** 20
      const results = await value(
        both(at('data')),
        `
with open(d + '/large', 'wb') as file:
    for _ in range(80): file.write(bytes(2**20))
os.path.getsize(d + '/large')`,
        { d: at('data') },
      )
      expect([results, statSync(at('data/large')).size]).toEqual([size, size])
    })
  })

  test('permissions says what was used and what was refused while the code ran', async () => {
    const at = host({ 'data/in': 'x', 'out/': '' })
    const result = await run(
      { allowRead: [at('data')], allowWrite: [at('out')] },
      `read('${at('data/in')}'); write('${at('out/new')}', ''); attempt(lambda: write('${at('data/no')}', ''))`,
    )
    const { used, denied, granted } = result.permissions
    expect(granted).toMatchObject({ read: [at('data')], write: [at('out')], env: false })
    expect(used).toContainEqual({ kind: 'read', value: at('data/in'), count: expect.any(Number) })
    expect(used).toContainEqual({ kind: 'write', value: at('out/new'), count: expect.any(Number) })
    expect(denied).toEqual([{ kind: 'write', value: at('data/no'), count: expect.any(Number) }])
  })

  test('permissions is bounded, whatever the code asks for', async () => {
    const at = host({ 'data/': '' })
    const result = await run(
      { allowRead: [at('data')] },
      `for n in range(20_000): os.path.exists(d + '/' + str(n))`,
      {
        d: at('data'),
      },
    )
    expect(result.error).toBeNull()
    expect(result.permissions.used.length).toBe(1000)
  })
})

test('a folder that is replaced on the host while Python runs is not taken for what it was', async () => {
  const at = host({ 'data/sub/x': 'inside', 'other/x': 'secret' })
  await using sandbox = new PyodideSandbox({ allowRead: [at('data')], isolation: 'deno' })
  const code = `
import time
first = open(d + '/sub/x').read()
print('ready')
for _ in range(200):
    time.sleep(0.01)
    try: last = open(d + '/sub/x').read()
    except FileNotFoundError: continue
    except PermissionError: last = 'refused'; break
first, last`
  for await (const event of sandbox.stream(code, { globals: { d: at('data') } })) {
    if (event.type === 'stdout' && !existsSync(at('data/moved'))) {
      renameSync(at('data/sub'), at('data/moved'))
      symlinkSync('../other', at('data/sub'))
    }
    if (event.type === 'finished') expect(event.result.result).toEqual(['inside', 'refused'])
  }
})

test('the constructor refuses to grant the folders that the sandbox itself works with', () => {
  const at = host({ 'cache/': '' })
  const options = { cacheDir: at('cache') }
  expect(() => new PyodideSandbox({ ...options, allowRead: [at('.')] })).toThrow("the sandbox's own")
  expect(() => new PyodideSandbox({ ...options, allowWrite: [at('cache')] })).toThrow("the sandbox's own")
  expect(() => new PyodideSandbox({ ...options, allowWrite: ['src'] })).toThrow("the sandbox's own")
  expect(() => new PyodideSandbox({ ...options, allowRead: ['/lib'] })).toThrow('its own library')
})
