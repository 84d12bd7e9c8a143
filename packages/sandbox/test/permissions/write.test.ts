import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { host, ISOLATIONS, runsBehind } from '../fixtures/grants.ts'

describe.each(ISOLATIONS)('isolation "%s"', (isolation) => {
  const { value } = runsBehind(isolation)

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
})
