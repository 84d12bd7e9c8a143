import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { temporaryRoot } from '../../src/sandbox/host/guardian.ts'
import { ATTEMPT, data, granted, root, stubborn, tool } from '../fixtures/granted-programs.ts'
import { program } from '../fixtures/program.ts'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const runTest = sandboxTestWith(granted)

/** The folders of runs that started a program. */
const folders = () =>
  readdirSync(temporaryRoot()).filter((name) =>
    ['mark', 'work'].some((inside) => existsSync(join(temporaryRoot(), name, inside))),
  )

describe.runIf(process.platform === 'linux')('allowRun', () => {
  runTest('subprocess gives output, codes, text and bytes as everywhere', async ({ sandbox }) => {
    const { result, error } = await sandbox.execute(program('permissions/subprocess'))
    expect(error).toBeNull()
    expect(result).toEqual([
      ['a b é\n', '', 0, ['echo', 'a b', 'é']],
      [7, 'out\n', 'err\n'],
      [3, ['sh', '-c', 'exit 3']],
      [4, 'part\n'],
      '00ff',
      'text',
      '1\n2\n3\n4\n',
      5,
      [expect.stringMatching(/\/bin\/cat$/), null, null],
      'shell',
      [6, 'fails'],
      8,
      9,
      'opened\n',
      -11,
      3_000_000,
    ])
  })

  runTest('Popen talks to a program while it runs', async ({ sandbox }) => {
    const { result, error } = await sandbox.execute(program('permissions/popen'))
    expect(error).toBeNull()
    expect(result).toEqual([null, ['one\n', 'two\n'], 0, true, 0, 'b\na\n', -15, -9, -9])
  })

  runTest(
    'time-outs of subprocess carry what came, and a program may ignore SIGTERM',
    async ({ sandbox }) => {
      const { result, error } = await sandbox.execute(`
import subprocess, time
from subprocess import PIPE
seen = []
try:
    subprocess.run(['sh', '-c', 'echo part; sleep 30; echo never'], capture_output=True, timeout=0.5)
except subprocess.TimeoutExpired as error:
    seen.append([error.timeout, error.stdout.decode(), error.stderr])
stubborn = subprocess.Popen([${JSON.stringify(stubborn)}], stdout=PIPE, text=True)
seen.append(stubborn.stdout.readline())
stubborn.terminate()
try:
    stubborn.wait(timeout=0.3)
except subprocess.TimeoutExpired as error:
    seen.append(error.timeout)
stubborn.kill()
seen.append(stubborn.wait())
late = subprocess.Popen(['sh', '-c', 'echo 1; sleep 0.6; echo 2'], stdout=PIPE, text=True)
try:
    late.communicate(timeout=0.1)
except subprocess.TimeoutExpired:
    seen.append(late.communicate()[0])
seen`)
      expect(error).toBeNull()
      expect(result).toEqual([[0.5, 'part\n', null], 'ready\n', 0.3, -9, '1\n2\n'])
    },
  )

  runTest('os.kill, os.killpg and os.waitpid reach a program by its number', async ({ sandbox }) => {
    const code = `
import os, signal, subprocess
one, two, three = (subprocess.Popen(['sh', '-c', 'sleep 30; exit 1'], start_new_session=True) for _ in range(3))
seen = [os.kill(one.pid, 0), os.waitpid(one.pid, os.WNOHANG), os.getpgid(one.pid) == one.pid]
os.kill(one.pid, signal.SIGTERM)
os.killpg(os.getpgid(two.pid), signal.SIGKILL)
three.terminate()
pid, status = os.waitpid(three.pid, 0)
[*seen, one.wait(), two.wait(), pid == three.pid, os.WTERMSIG(status), three.wait(), os.system('exit 3') >> 8]`
    const { result, error } = await sandbox.execute(code)
    expect(error).toBeNull()
    expect(result).toEqual([null, [0, 0], true, -15, -9, true, 15, -15, 3])
  })

  runTest('what a program inherits or gets as a file', async ({ sandbox }) => {
    const code = `
import subprocess, sys
from pathlib import Path
subprocess.run(['sh', '-c', 'echo inherited; echo bad >&2'])
folder = Path(${JSON.stringify(data)})
with open(folder / 'log', 'w') as log:
    running = subprocess.Popen(['sh', '-c', 'sleep 0.2; echo logged'], stdout=log, stderr=log)
running.wait()
with open(folder / 'log') as log:
    copied = subprocess.check_output(['cat'], stdin=log, text=True)
mine = subprocess.check_output(['cat'], stdin=sys.stdin, text=True)
[(folder / 'log').read_text(), copied, mine, subprocess.check_output(['cat'], text=True)]`
    const { result, stdout, stderr, error } = await sandbox.execute(code, { stdin: 'my input' })
    expect(error).toBeNull()
    expect([stdout, stderr]).toEqual(['inherited\n', 'bad\n'])
    expect(result).toEqual(['logged\n', 'logged\n', 'my input', ''])
  })

  runTest('asyncio starts programs', async ({ sandbox }) => {
    const { result, error } = await sandbox.execute(program('permissions/asyncio-programs'))
    expect(error).toBeNull()
    expect(result).toEqual([
      1_000_000,
      '1\n2\n',
      'no\n',
      3,
      -9,
      expect.stringContaining('Cannot start "ls": "allowRun" does not name it'),
    ])
  })

  runTest(
    'a program sees the granted variables and safe ones of Python, and no others',
    async ({ sandbox }) => {
      const { result, error, permissions } = await sandbox.execute(`${ATTEMPT}
def env(**options):
    return sorted(subprocess.check_output(['env'], text=True, **options).split('\\n')[:-1])
seen = [env(), env(env={}), env(env={'GREETING': 'hi'}), env(env={**os.environ, 'A': '1'})]
os.environ['B'] = '2'
seen.append(env())
del os.environ['B']
refused = [attempt(lambda: env(env={name: '/x'})) for name in ('LD_PRELOAD', 'BASH_ENV', 'PATH', 'A B')]
os.environ['LD_PRELOAD'] = '/x'
refused.append(attempt(lambda: subprocess.run(['cat'])))
seen, refused`)
      expect(error).toBeNull()
      const token = 'RUN_TEST_TOKEN=granted value'
      expect(result).toEqual([
        [[token], [], ['GREETING=hi'], ['A=1', token], ['B=2', token]],
        ['LD_PRELOAD', 'BASH_ENV', 'PATH', 'A B', 'LD_PRELOAD'].map((name) =>
          expect.stringMatching(`^PermissionError EACCES .*Cannot set the variable "${name}"`),
        ),
      ])
      expect(permissions.denied).toContainEqual({ kind: 'run', value: 'env', count: 4 })
    },
  )

  runTest('a program runs in a granted folder, or in an empty one of its run', async ({ sandbox }) => {
    mkdirSync(join(data, 'sub'), { recursive: true })
    const { result, error } = await sandbox.execute(`${ATTEMPT}
def pwd(**options):
    return subprocess.check_output('pwd; ls', shell=True, text=True, **options).split('\\n')[:-1]
first = pwd()
subprocess.run('echo kept > made', shell=True)
os.makedirs('/workspace/mine')
again, mine = pwd(), pwd(cwd='/workspace/mine')
os.chdir(${JSON.stringify(data)})
seen = [len(first), again == [first[0], 'made'], mine == again, pwd(cwd='sub')[0], pwd()[0], first[0]]
seen, attempt(lambda: pwd(cwd='/nowhere')), attempt(lambda: pwd(cwd='/etc/passwd')[:0])`)
    expect(error).toBeNull()
    const [[, , , , , own], ...rest] = result as [string[], string, string]
    expect(result).toMatchObject([
      [1, true, true, join(data, 'sub'), data, expect.stringContaining(temporaryRoot())],
      ...rest,
    ])
    expect(rest[0]).toContain('FileNotFoundError')
    // The folder is gone with the run.
    await expect.poll(folders).toEqual([])
    expect(own).toContain('/work')
    await expect.poll(() => existsSync(own ?? '')).toBe(false)
  })

  runTest('the receipt names what was started and what was refused', async ({ sandbox }) => {
    const { permissions } = await sandbox.execute(`${ATTEMPT}
for name in ('sh', 'sh', ${JSON.stringify(tool)}, 'ls', 'ls'):
    attempt(lambda: subprocess.run([name, '-c', ':'], stdout=subprocess.DEVNULL))`)
    expect(permissions.used.filter(({ kind }) => kind === 'run')).toEqual([
      { kind: 'run', value: realpathSync('/bin/sh'), count: 2 },
      { kind: 'run', value: tool, count: 1 },
    ])
    expect(permissions.denied).toEqual([{ kind: 'run', value: 'ls', count: 2 }])
  })

  runTest('a script runs through its interpreter; its neighbours are refused', async ({ sandbox }) => {
    symlinkSync('/bin/ls', join(data, 'cat'))
    symlinkSync(tool, join(data, 'link'))
    const paths = [
      join(root, 'other/tool'),
      join(data, 'cat'),
      join(data, 'link'),
      '/bin/ls',
      'ls',
      './tool',
      '',
    ]
    const { result, error } = await sandbox.execute(`${ATTEMPT}
os.chdir(${JSON.stringify(data)})
ran = [subprocess.check_output([name, 'x', 'y z'], text=True) for name in (${JSON.stringify(tool)}, 'tool', '../bin/tool')]
ran, [attempt(lambda: subprocess.run([path])) for path in ${JSON.stringify(paths)}], [
    attempt(lambda: subprocess.run(['cat'], executable='/bin/ls')),
    attempt(lambda: subprocess.run('ls', shell=True, executable='/bin/bash')),
    attempt(lambda: subprocess.run(['a\\0b'])),
]`)
    expect(error).toBeNull()
    const [ran, refused, more] = result as [string[], string[], string[]]
    expect(ran).toEqual(Array(3).fill('tool 2 x y z\n'))
    expect(refused.slice(0, 6)).toEqual(
      Array(6).fill(
        expect.stringMatching(/^PermissionError EACCES .*Cannot start ".*": "allowRun" does not name it$/),
      ),
    )
    expect(refused[6]).toContain('FileNotFoundError ENOENT')
    expect(more).toEqual([
      expect.stringContaining('Cannot start "/bin/ls"'),
      expect.stringContaining('Cannot start "/bin/bash"'),
      'ValueError None embedded null byte',
    ])
  })
})
