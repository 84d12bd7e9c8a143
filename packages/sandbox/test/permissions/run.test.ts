import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryRoot } from '../../src/sandbox/host/guardian.ts'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { JS, sandboxTestWith } from '../fixtures/sandbox.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-run-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** An executable file with this text. */
function script(name: string, text: string): string {
  const path = join(root, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

const data = join(root, 'data')
mkdirSync(data)
process.env.RUN_TEST_TOKEN = 'granted value'
process.env.RUN_TEST_SECRET = 'not granted'

const tool = script('bin/tool', '#!/bin/sh -e\necho "tool $# $1 $2"\n')
const stubborn = script('bin/stubborn', '#!/bin/sh\ntrap "" TERM\necho ready\nwhile :; do sleep 0.05; done\n')
script('other/tool', '#!/bin/sh\necho other\n')

const granted: SandboxOptions = {
  allowRun: ['sh', 'cat', 'sleep', 'echo', 'env', tool, stubborn],
  allowEnv: ['RUN_TEST_TOKEN'],
  allowRead: [data],
  allowWrite: [data],
  pool: { min: 1, max: 2 },
  timeoutSeconds: 20,
}
const runTest = sandboxTestWith(granted)
const nothingTest = sandboxTestWith({ pool: { min: 1, max: 2 } })

/** Runs Python in a sandbox of its own. */
async function once(options: SandboxOptions, code: string): Promise<CodeExecutionResult> {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, ...options })
  try {
    return await sandbox.execute(code)
  } finally {
    await sandbox.close()
  }
}

/** Processes of this machine whose command line holds `text`. */
function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** A time to sleep that no other test uses: marks processes. */
let seconds = 41_000 + (process.pid % 1000) * 50
const longTime = () => String(++seconds)
/** The folders of runs that started a program. */
const folders = () =>
  readdirSync(temporaryRoot()).filter((name) =>
    ['mark', 'work'].some((inside) => existsSync(join(temporaryRoot(), name, inside))),
  )

/** The exception's type, number and text for each failing call. */
const ATTEMPT = `
import os, subprocess, sys, time, errno
def attempt(do):
    try:
        return repr(do())
    except Exception as error:
        return f"{type(error).__name__} {errno.errorcode.get(getattr(error, 'errno', None))} {error}"
`

describe.runIf(process.platform === 'linux')('allowRun', () => {
  runTest('subprocess gives output, codes, text and bytes as everywhere', async ({ sandbox }) => {
    const { result, error } = await sandbox.execute(`
import subprocess, os, shutil
from subprocess import PIPE, STDOUT, DEVNULL
done = subprocess.run(['echo', 'a b', 'é'], capture_output=True, text=True)
first = [done.stdout, done.stderr, done.returncode, done.args]
failed = subprocess.run(['sh', '-c', 'echo out; echo err >&2; exit 7'], stdout=PIPE, stderr=PIPE)
try:
    subprocess.check_call(['sh', '-c', 'exit 3'])
except subprocess.CalledProcessError as error:
    third = [error.returncode, error.cmd]
try:
    subprocess.run(['sh', '-c', 'echo part; exit 4'], check=True, stdout=PIPE)
except subprocess.CalledProcessError as error:
    fourth = [error.returncode, error.stdout.decode()]
[
    first,
    [failed.returncode, failed.stdout.decode(), failed.stderr.decode()],
    third,
    fourth,
    subprocess.check_output(['cat'], input=b'\\x00\\xff').hex(),
    subprocess.check_output(['cat'], input='text', text=True),
    subprocess.check_output(['sh', '-c', 'echo 1; echo 2 >&2; echo 3; echo 4 >/dev/stderr'], stderr=STDOUT).decode(),
    subprocess.call(['sh', '-c', 'exit 5'], stdout=DEVNULL),
    [shutil.which('cat'), shutil.which('ls'), shutil.which('/bin/ls')],
    subprocess.getoutput('echo shell'),
    list(subprocess.getstatusoutput('echo fails; exit 6')),
    subprocess.run('exit 8', shell=True).returncode,
    os.waitstatus_to_exitcode(os.system('exit 9')),
    os.popen('echo opened').read(),
    subprocess.run(['sh', '-c', 'kill -SEGV $$']).returncode,
    len(subprocess.run(['cat'], input=b'x' * 3_000_000, stdout=PIPE).stdout),
]`)
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
    const { result, error } = await sandbox.execute(`
import subprocess, time
from subprocess import PIPE
with subprocess.Popen(['cat'], stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as cat:
    running = cat.poll()
    answers = []
    for word in ('one', 'two'):
        cat.stdin.write(word + '\\n')
        answers.append(cat.stdout.readline())
    cat.stdin.close()
began = time.monotonic()
slow = subprocess.Popen(['sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.3; done'], stdout=PIPE, text=True)
times = [round(time.monotonic() - began, 1) for line in slow.stdout]
first = subprocess.Popen(['echo', 'b\\na'], stdout=PIPE)
second = subprocess.Popen(['cat'], stdin=first.stdout, stdout=PIPE)
first.stdout.close()
sleeping = subprocess.Popen(['sleep', '30'])
sleeping.terminate()
killed = subprocess.Popen(['sleep', '30'])
killed.kill()
[running, answers, cat.returncode, times[2] - times[0] > 0.4, slow.wait(), second.communicate()[0].decode(),
 sleeping.wait(), killed.wait(), killed.poll()]`)
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
    const { result, error } = await sandbox.execute(`
import asyncio
from asyncio.subprocess import PIPE
async def three():
    cat = await asyncio.create_subprocess_exec('cat', stdin=PIPE, stdout=PIPE)
    shell = await asyncio.create_subprocess_shell('echo 1; echo 2; echo no >&2; exit 3', stdout=PIPE, stderr=PIPE)
    long = await asyncio.create_subprocess_exec('sleep', '30')
    lines = [line async for line in shell.stdout]
    try:
        await asyncio.wait_for(long.wait(), 0.2)
    except TimeoutError:
        long.kill()
    try:
        await asyncio.create_subprocess_exec('ls')
    except PermissionError as refused:
        refusal = str(refused)
    big, _ = await cat.communicate(b'x' * 1_000_000)
    return [len(big), b''.join(lines).decode(), (await shell.stderr.read()).decode(), await shell.wait(), await long.wait(), refusal]
await three()`)
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

  nothingTest('nothing starts where nothing is granted', async ({ sandbox }) => {
    const { result, permissions } = await sandbox.execute(`${ATTEMPT}
import asyncio
async def begin():
    await asyncio.create_subprocess_exec('ls')
[attempt(do) for do in (
    lambda: subprocess.run(['ls', '-l']),
    lambda: subprocess.Popen('ls', shell=True),
    lambda: os.system('ls'),
    lambda: os.popen('ls'),
    lambda: asyncio.run(begin()),
    lambda: subprocess.run(['/no/such/program']),
)]`)
    const refusal = (what: string) =>
      expect.stringMatching(
        new RegExp(`^PermissionError EACCES .*Cannot start ${what}: "allowRun" does not name it$`),
      )
    expect(result).toEqual([
      refusal('"ls"'),
      ...Array(3).fill(refusal('a shell')),
      refusal('"ls"'),
      refusal('"/no/such/program"'),
    ])
    expect(permissions.used).toEqual([])
    expect(permissions.denied).toEqual([
      { kind: 'run', value: 'ls', count: 2 },
      { kind: 'run', value: 'sh', count: 3 },
      { kind: 'run', value: '/no/such/program', count: 1 },
    ])
    const uncaught = await sandbox.execute('import subprocess\nsubprocess.run(["ls"])')
    expect(uncaught.error).toMatchObject({ kind: 'permission', name: 'PermissionError', line: 2 })
    expect(uncaught.error?.traceback).not.toContain('agentchat')
  })

  test('without a shell in the list there is none', async () => {
    const { result } = await once(
      { allowRun: ['echo', 'cat'] },
      `${ATTEMPT}
[attempt(lambda: subprocess.run('echo x', shell=True)), attempt(lambda: os.system('echo x')),
 attempt(lambda: subprocess.run(['sh', '-c', 'echo'])), attempt(lambda: subprocess.check_output(['echo', '$HOME;ls']))]`,
    )
    expect(result).toEqual([
      ...Array(2).fill(expect.stringContaining('Cannot start a shell: "allowRun" does not name it')),
      expect.stringContaining('Cannot start "sh"'),
      "b'$HOME;ls\\n'",
    ])
  })

  test('a program that was replaced after the sandbox was made does not start', async () => {
    const mine = join(root, 'replaced')
    mkdirSync(mine)
    for (const name of ['one', 'two', 'three']) copyFileSync('/bin/echo', join(mine, name))
    symlinkSync(join(mine, 'three'), join(mine, 'link'))
    const interpreted = script('replaced/script', `#!${mine}/one\n`)
    const sandbox = new PyodideSandbox({
      allowRun: [join(mine, 'one'), join(mine, 'two'), join(mine, 'link'), interpreted],
      pool: { min: 0, max: 1 },
    })
    try {
      const code = `${ATTEMPT}
[attempt(lambda: subprocess.check_output([path, 'x'])) for path in ${JSON.stringify(
        ['one', 'two', 'link', 'script'].map((name) => join(mine, name)),
      )}]`
      const before = (await sandbox.execute(code)).result
      expect(before).toEqual(["b'x\\n'", "b'x\\n'", "b'x\\n'", expect.stringContaining('/script x')])
      copyFileSync('/bin/cat', join(mine, 'new'))
      renameSync(join(mine, 'new'), join(mine, 'one'))
      // Another link leads elsewhere: what was granted is what it led to.
      rmSync(join(mine, 'link'))
      symlinkSync('/bin/cat', join(mine, 'link'))
      const { result, permissions } = await sandbox.execute(code)
      const gone = (name: string) =>
        expect.stringContaining(`"${join(mine, name)}": it is no longer the file that "allowRun" granted`)
      expect(result).toEqual([gone('one'), "b'x\\n'", "b'x\\n'", gone('script')])
      expect(permissions.denied.map(({ value }) => value)).toEqual([join(mine, 'one'), interpreted])
    } finally {
      await sandbox.close()
    }
  })

  test('with true every program starts, and one that is not there is not found', async () => {
    const { result } = await once(
      { allowRun: true },
      `${ATTEMPT}
[attempt(lambda: subprocess.check_output(['uname'])), attempt(lambda: subprocess.check_output('/bin/echo a | cat', shell=True)),
 attempt(lambda: subprocess.run(['no-such-program'])), attempt(lambda: subprocess.run(['/etc/passwd'])),
 attempt(lambda: subprocess.check_output([${JSON.stringify(tool)}, 'x']))]`,
    )
    expect(result).toEqual([
      "b'Linux\\n'",
      "b'a\\n'",
      "FileNotFoundError ENOENT [Errno 2] No such file or directory: 'no-such-program'",
      expect.stringMatching(
        /^PermissionError EACCES .*Cannot start "\/etc\/passwd": it is not an executable file/,
      ),
      "b'tool 1 x \\n'",
    ])
  })

  describe('what a run leaves behind', () => {
    runTest.for([
      ['ends', ''],
      ['raises', 'raise ValueError'],
      ['takes too long', 'time.sleep(60)'],
      ['takes too long in a busy loop', 'while True: pass'],
      ['waits for the program too long', 'p.communicate()'],
      ['hangs in JavaScript', `exec(${JSON.stringify(JS)}); js("while(true){}")`],
    ] as const)('a run that %s leaves no process and no folder', async ([, then], { sandbox }) => {
      const time = longTime()
      const code = `
import subprocess, time
p = subprocess.Popen('''
sleep ${time} &
(setsid sleep ${time} &)
setsid sh -c "trap '' TERM HUP INT; sleep ${time} & sleep ${time}" > /dev/null 2>&1 < /dev/null &
mkdir -p locked/in; touch locked/in/file; chmod 0 locked/in
echo started; exec sleep ${time}''', shell=True, stdout=subprocess.PIPE)
print(p.stdout.readline())
time.sleep(0.2)
subprocess.run(['sh', '-c', 'tr "\\\\0" " " < /proc/self/cmdline; exit 0'], stdout=subprocess.DEVNULL)
print("running")
${then}`
      let running = 0
      for await (const event of sandbox.stream(code, { timeoutSeconds: 6 })) {
        if (event.type === 'stdout' && event.text.includes('running'))
          running = processesOf(`sleep\0${time}`).length
      }
      expect(running).toBeGreaterThanOrEqual(5)
      await expect.poll(() => processesOf(time)).toEqual([])
      await expect.poll(folders).toEqual([])
      expect((await sandbox.execute('40+2')).result).toBe(42)
    })

    runTest('cancelling and closing end what was started', async ({ sandbox }) => {
      const time = longTime()
      const abort = new AbortController()
      const code = `import subprocess\nsubprocess.run('echo on; sleep ${time}; sleep ${time}', shell=True)`
      for await (const event of sandbox.stream(code, { signal: abort.signal })) {
        if (event.type === 'stdout') abort.abort()
        if (event.type === 'finished') expect(event.result.error?.kind).toBe('cancelled')
      }
      await expect.poll(() => processesOf(time)).toEqual([])
      const other = new PyodideSandbox({ ...granted, pool: { min: 0, max: 1 } })
      for await (const event of other.stream(code)) {
        if (event.type !== 'stdout') continue
        await other.close()
        expect(processesOf(time)).toEqual([])
      }
    })

    test.each(['SIGKILL', 'SIGTERM'] as const)(
      'a host that ends by %s takes its programs with it',
      async (signal) => {
        const library = new URL('../../build/sandbox/index.js', import.meta.url)
        expect(existsSync(library), 'the build is there: run `npm run build`').toBe(true)
        const time = longTime()
        const python = `
import subprocess
subprocess.run('''sleep ${time} & (setsid sleep ${time} > /dev/null 2>&1 &)
echo on; sleep ${time}''', shell=True)`
        const program = `
        import { PyodideSandbox } from ${JSON.stringify(library.href)}
        const sandbox = new PyodideSandbox({ allowRun: ['sh', 'sleep'], pool: { min: 0, max: 1 } })
        for await (const event of sandbox.stream(${JSON.stringify(python)})) if (event.text) console.log(event.text)`
        const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        for await (const chunk of host.stdout) if (String(chunk).includes('on')) break
        await expect.poll(() => processesOf(`sleep\0${time}`).length).toBe(3)
        host.kill(signal)
        await expect.poll(() => processesOf(`sleep\0${time}`)).toEqual([])
        const left = () =>
          readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${host.pid}-`))
        await expect.poll(left).toEqual([])
      },
    )

    runTest(
      'a program that writes without end waits for its reader, and its output ends the run',
      async ({ sandbox }) => {
        const before = process.memoryUsage().rss
        const held = await sandbox.execute(`
import subprocess, time
p = subprocess.Popen('while :; do echo ${'x'.repeat(200)}; done', shell=True, stdout=subprocess.PIPE)
time.sleep(2)
len(p.stdout.read(100_000))`)
        expect(held.result).toBe(100_000)
        expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
        const { error, truncated } = await sandbox.execute(
          `import subprocess\nsubprocess.run('while :; do echo ${'x'.repeat(200)}; done', shell=True, timeout=3)`,
        )
        expect(error?.name).toMatch(/TimeoutExpired|OutputLimitError/)
        expect(truncated.stdout).toBe(true)
      },
    )

    runTest('no more than 16 programs run at a time', async ({ sandbox }) => {
      const { result } = await sandbox.execute(`${ATTEMPT}
many = [subprocess.Popen(['sleep', '30']) for _ in range(16)]
seen = [attempt(lambda: subprocess.run(['echo']))]
many.pop().kill()
for _ in range(100):
    time.sleep(0.02)
    seen.append(attempt(lambda: subprocess.run(['echo'], stdout=-3).returncode))
    if seen[-1] == '0':
        break
[seen[0], seen[-1], [(p.kill(), p.wait())[1] for p in many].count(-9)]`)
      expect(result).toEqual(['BlockingIOError EAGAIN [Errno 11] Too many programs at a time: 16', '0', 15])
    })
  })
})
