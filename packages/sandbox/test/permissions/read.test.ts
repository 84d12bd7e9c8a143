import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { ATTEMPT, host, ISOLATIONS, runsBehind } from '../fixtures/grants.ts'
import { program } from '../fixtures/program.ts'

describe.each(ISOLATIONS)('isolation "%s"', (isolation) => {
  const { run, value } = runsBehind(isolation)

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
      // 1 GiB that takes no room: the file has a hole.
      truncateSync(at('data/large'), 2 ** 30)
      const results = await value(
        { allowRead: [at('data')], memoryLimitMb: 64 },
        program('permissions/parts-of-a-file'),
        { path: at('data/large') },
      )
      const size = 2 ** 30
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
})
