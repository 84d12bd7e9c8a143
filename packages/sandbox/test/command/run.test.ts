import { type ChildProcess, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  command,
  expectGone,
  MAIN,
  prepareImage,
  scratchFolder,
  start,
  workersOf,
} from '../fixtures/command.ts'

const scratch = scratchFolder()
beforeAll(prepareImage)

describe('run', () => {
  test('runs a file, and passes on what follows "--"', async () => {
    const path = scratch.file('args.py', 'import sys\nprint(sys.argv[1:], __name__)')
    const outcome = await command(['run', path, '--timeout', '20', '--', '--timeout', '-c', 'é'])
    expect(outcome).toEqual({ stdout: "['--timeout', '-c', 'é'] __main__\n", stderr: '', exitCode: 0 })
  })

  test.each([[['run', '-']], [['run']]])('%j runs a program from standard input', async (args) => {
    const outcome = await command(args, {
      input: 'print("piped")\ntry: input()\nexcept EOFError: print("end")',
    })
    expect(outcome).toEqual({ stdout: 'piped\nend\n', stderr: '', exitCode: 0 })
  })

  test('--stdin is what input() reads: a file, or our own standard input', async () => {
    const code = ['-c', 'print(input() + "|" + input())']
    const path = scratch.file('input.txt', 'one\ntwo\n')
    expect(await command(['run', ...code, '--stdin', path])).toMatchObject({
      stdout: 'one|two\n',
      exitCode: 0,
    })
    expect(await command(['run', ...code, '--stdin', '-'], { input: 'a\nb' })).toMatchObject({
      stdout: 'a|b\n',
    })
  })

  test('--dry-run reads the program, says what it needs, and does not run it', async () => {
    const code = 'import os\nprint("ran")\nopen("https://x.example/")\nopen("/srv/\\x1b[2Ja")'
    const outcome = await command(['run', '-c', code, '--dry-run', '--allow-net=x.example'])
    expect(outcome).toEqual({
      stdout:
        'import     os  line 1, python\nhosts      x.example:443  line 3, granted\n' +
        'reads      /srv/\ufffd[2Ja  line 4, not granted\nTo grant it: --allow-read=/srv/\ufffd[2Ja\n',
      ...{ stderr: '', exitCode: 0 },
    })
    const broken = await command(['run', '-c', 'def (:', '--dry-run', '--json'])
    expect(broken.exitCode).toBe(1)
    expect(JSON.parse(broken.stdout).problem).toEqual({ message: 'invalid syntax', line: 1 })
  })

  test('lets output through while the program runs', async () => {
    const running = start(['run', '-c', 'import time\nprint("early")\ntime.sleep(30)\nprint("late")'])
    await running.printed('early\n')
    running.child.kill('SIGINT')
    expect((await running.outcome).stdout).toBe('early\n')
  })

  test('keeps the order of standard output and standard error', () => {
    const code = 'import sys\nfor n in range(20): print("out", n); print("err", n, file=sys.stderr)'
    const { stdout } = spawnSync('/bin/sh', [
      '-c',
      'exec "$0" "$1" run -c "$2" 2>&1',
      process.execPath,
      MAIN,
      code,
    ])
    const expected = Array.from({ length: 20 }, (_, n) => `out ${n}\nerr ${n}\n`).join('')
    expect(stdout.toString()).toBe(expected)
  })

  test('gives each failure its exit code, and says it once', async () => {
    const [raised, syntax, exit, asJson, text, digits, crash] = await Promise.all([
      command(['run', '-c', 'print("x", end="")\n1/0']),
      command(['run', '-c', 'if True print(1)']),
      command(['run', '-c', 'raise SystemExit(3)']),
      command(['run', '--json', '-c', 'raise SystemExit(3)']),
      command(['run', '-c', 'raise SystemExit("no luck")']),
      command(['run', '-c', 'raise SystemExit("3")']),
      command(['run', '-c', 'import os; os._exit(0)']),
    ])
    expect(raised).toMatchObject({ exitCode: 1, stdout: 'x' })
    expect(raised.stderr).toMatch(
      /^Traceback [\s\S]*line 2[\s\S]*\nZeroDivisionError: division by zero\nagentchat-sandbox: hint: .+\n$/,
    )
    expect(syntax).toMatchObject({ exitCode: 1, stdout: '' })
    expect(syntax.stderr).toMatch(
      /^ {2}File "\/workspace\/main.py", line 1\n[\s\S]*\^[\s\S]*SyntaxError: .*\n$/,
    )
    expect(exit).toEqual({ exitCode: 3, stdout: '', stderr: '' })
    expect(asJson.exitCode).toBe(1)
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { name: 'SystemExit', message: '3' } })
    expect(text).toEqual({ exitCode: 1, stdout: '', stderr: 'no luck\n' })
    expect(digits).toEqual({ exitCode: 1, stdout: '', stderr: '3\n' })
    expect(crash).toMatchObject({ exitCode: 70, stdout: '' })
    expect(crash.stderr).toMatch(/^agentchat-sandbox: crashed: .+\n$/)
  })

  test('stops at each limit, keeps the output, and says which limit it was', async () => {
    const [time, cpu, memory] = await Promise.all([
      command(['run', '--timeout', '0.5', '-c', 'print("kept", end="")\nwhile True: pass']),
      command(['run', '--cpu', '0.3', '-c', 'print("kept")\nwhile True: pass']),
      command([
        'run',
        '--memory',
        '64',
        '-c',
        'print("kept")\nx = []\nwhile True: x.append(bytearray(2**20))',
      ]),
    ])
    expect(time).toMatchObject({ exitCode: 124, stdout: 'kept' })
    expect(time.stderr).toMatch(
      /\nagentchat-sandbox: timeout: .*0\.5 s \(timeoutSeconds\)\nagentchat-sandbox: hint: .+\n$/,
    )
    expect(cpu).toMatchObject({ exitCode: 124, stdout: 'kept\n' })
    expect(cpu.stderr).toMatch(
      /\nagentchat-sandbox: cpu: .*0\.3 s of CPU time \(cpuSeconds\)\nagentchat-sandbox: hint: .+\n$/,
    )
    expect(memory).toMatchObject({ exitCode: 137, stdout: 'kept\n' })
    expect(memory.stderr).toMatch(
      /\nMemoryError\nagentchat-sandbox: memory: .*\(memoryLimitMb\)\nagentchat-sandbox: hint: .+\n$/,
    )
  })

  test('says where output was cut, and --max-output cuts later', async () => {
    const code = ['-c', 'print("x" * (3 * 2**20 - 1))']
    const [cut, whole] = await Promise.all([
      command(['run', ...code]),
      command(['run', '--max-output', '3', ...code]),
    ])
    const tail = `${'x'.repeat(2 ** 19 - 1)}\n`
    expect(cut.stdout).toBe(`${'x'.repeat(2 ** 20)}\n[... ${3 * 2 ** 19} bytes left out ...]\n${tail}`)
    expect(cut).toMatchObject({
      exitCode: 0,
      stderr: 'agentchat-sandbox: stdout was longer than --max-output, and not all of it was kept\n',
    })
    expect(whole.stdout).toHaveLength(3 * 2 ** 20)
    expect(whole).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('says on standard error what was shown', async () => {
    const code = [
      'class Picture:',
      '    def _repr_mimebundle_(self, include, exclude):',
      '        return {"image/png": b"x"}, {"image/png": {"width": 640, "height": 480}}',
      '    def __repr__(self): return "Picture()"',
      'display(Picture())',
      'display(5)',
    ].join('\n')
    expect(await command(['run', '-c', code])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr:
        'agentchat-sandbox: display: image/png 640x480, text/plain "Picture()"\n' +
        'agentchat-sandbox: display: text/plain "5"\n',
    })
  })

  test('--json prints the result, and nothing else', async () => {
    const [good, bad] = await Promise.all([
      command([
        'run',
        '--json',
        '-c',
        'import sys\nprint("a")\nprint("b", file=sys.stderr)\n{"n": [1, None]}',
      ]),
      command(['run', '--json', '--timeout', '0.3', '-c', 'print("a")\nwhile True: pass']),
    ])
    expect(good).toMatchObject({ exitCode: 0, stderr: '' })
    expect(good.stdout).toMatch(/^[^\n]*\n$/)
    expect(JSON.parse(good.stdout)).toMatchObject({
      status: 'success',
      stdout: 'a\n',
      stderr: 'b\n',
      result: { n: [1, null] },
      error: null,
    })
    expect(bad).toMatchObject({ exitCode: 124, stderr: '' })
    expect(JSON.parse(bad.stdout)).toMatchObject({
      status: 'error',
      stdout: 'a\n',
      error: { kind: 'timeout' },
    })
  })

  test('ends quietly when nobody reads its output', async () => {
    const running = start(['run', '-c', 'while True: print("y")'])
    await running.printed('y\n')
    const workers = workersOf(running)
    running.child.stdout?.destroy()
    expect(await running.outcome).toMatchObject({ exitCode: 141, stderr: '' })
    expect(workers).toHaveLength(1)
    await expectGone(workers)
  })

  test('waits for a slow reader instead of piling up output', async () => {
    const running = start([
      'run',
      '--max-output',
      '64',
      '--timeout',
      '30',
      '-c',
      'for n in range(64): print("x" * (2**20 - 1))',
    ])
    running.child.stdout?.pause()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readStatus(running.child))?.[1] ?? 0) / 1024
    running.child.stdout?.resume()
    const { stdout, exitCode } = await running.outcome
    expect({ exitCode, length: stdout.length }).toEqual({ exitCode: 0, length: 64 * 2 ** 20 })
    if (process.platform === 'linux') expect(resident).toBeLessThan(150)
  })
})

/** What Linux says of a process; empty elsewhere. */
function readStatus({ pid }: ChildProcess): string {
  return process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
}
