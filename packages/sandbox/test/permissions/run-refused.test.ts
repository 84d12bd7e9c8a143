import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { ATTEMPT, root, script, tool } from '../fixtures/granted-programs.ts'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

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

describe.runIf(process.platform === 'linux')('allowRun', () => {
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
})
