import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { command, MAIN, prepareImage, scratchFolder } from '../fixtures/command.ts'

const scratch = scratchFolder()
beforeAll(prepareImage)

describe.concurrent('usage', () => {
  test.each([
    [[], /Usage: agentchat-sandbox/],
    [['rnu'], /unknown command 'rnu'[\s\S]*Did you mean run/],
    [['run', '--timeuot', '3'], /unknown option '--timeuot'[\s\S]*Did you mean --timeout/],
    [['run', '-c', '1', '--timeout', 'soon'], /'soon' is invalid. It must be a number/],
    [['run', '-c', '1', '--timeout', ''], /must be a number/],
    [['run', '-c', '1', '--timeout', '-1'], /--timeout: .*-1/],
    [['run', '-c', '1', '--cpu', 'Infinity'], /--cpu: .*Infinity/],
    [['run', '-c', '1', '--memory', '1'], /--memory: .*1/],
    [['run', '-c', '1', '--max-output', '0'], /--max-output: .*0/],
    [['run', '-c'], /argument missing/],
    [['run', '-c', '1', 'x.py'], /two programs/],
    [['run', 'x.py', 'y.py'], /one program at a time, got "x.py" "y.py"/],
    [['run', '-', '--stdin', '-'], /program or its input, not both/],
    [['run', 'no such file.py'], /cannot read "no such file.py": there is no such file/],
    [['run', scratch.folder], /it is a folder/],
    [['run', '-c', '1', '--stdin', 'none'], /cannot read "none"/],
    [['run', '-c', '1', '--allow-net='], /empty entry/],
    [['run', '-c', '1', '--allow-read=/a,,/b'], /empty entry/],
    [['run', '-c', '1', '--deny-net='], /empty entry/],
    [['run', '-c', '1', '--deny-net'], /argument missing/],
    [['run', '-c', '1', '--deny-net=none,10.0.0.0/8'], /cannot stand beside others/],
    [['run', '-c', '1', '--deny-net=10.0.0.0/8', '--deny-net=none'], /cannot stand beside others/],
    [['run', '-c', '1', '--deny-net=none', '--deny-net=10.0.0.0/8'], /"none" came before/],
    [['run', '-c', '1', '--allow-net', '--deny-net=http://a/'], /denyNet.*is a URL/s],
    [['doctor', 'now'], /too many arguments/],
  ] as const)('%j is refused', async (args, message) => {
    const { exitCode, stdout, stderr } = await command(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test('a program or an input that is not UTF-8 is refused', async () => {
    const path = scratch.file('latin-1.py', Uint8Array.of(0x22, 0xe9, 0x22))
    const message = `agentchat-sandbox: cannot read "${path}": it is not UTF-8 text\n`
    expect(await command(['run', path])).toEqual({ exitCode: 2, stdout: '', stderr: message })
    expect(await command(['run', '-c', '1', '--stdin', path])).toMatchObject({ exitCode: 2, stderr: message })
  })

  test('--help and --version go to standard output', async () => {
    const [help, runHelp, version] = await Promise.all([
      command(['--help']),
      command(['help', 'run']),
      command(['--version']),
    ])
    expect(help).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/Examples:[\s\S]*doctor/),
    })
    expect(runHelp).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/124 {2}stopped/),
    })
    const { version: expected } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    )
    expect(version).toEqual({ exitCode: 0, stderr: '', stdout: `${expected}\n` })
  })
})

describe('our own failures', () => {
  test('a cache folder that cannot be written is exit code 70, with the remedy', async () => {
    const env = { AGENTCHAT_CACHE_DIR: join(scratch.file('a file', ''), 'cache') }
    const outcome = await command(['run', '-c', 'print(1)'], { env })
    expect(outcome).toMatchObject({ exitCode: 70, stdout: '' })
    expect(outcome.stderr).toMatch(
      /^agentchat-sandbox: Cannot write to the cache folder .*AGENTCHAT_CACHE_DIR.*\n$/,
    )
  })

  test.runIf(existsSync('/dev/full'))('a full disk is exit code 70', () => {
    const call = [process.execPath, MAIN, 'run', '-c', 'print(1)']
    const { status, stderr } = spawnSync('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', ...call])
    expect(status).toBe(70)
    expect(stderr.toString()).toMatch(/^agentchat-sandbox: Cannot write the output: ENOSPC.*\n$/)
  })
})

describe('first use', () => {
  test('tells on standard error that an image is built, and leaves nothing but the image', async () => {
    const cache = join(scratch.folder, 'fresh')
    const outcome = await command(['run', '-c', 'print(1)'], { env: { AGENTCHAT_CACHE_DIR: cache } })
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '1\n' })
    expect(outcome.stderr.trimEnd().split('\n').length).toBeGreaterThan(2)
    for (const line of outcome.stderr.trimEnd().split('\n'))
      expect(line).toMatch(/^agentchat-sandbox: preparing/)
    expect(readdirSync(join(cache, 'images'))).toEqual([expect.stringMatching(/^base-/)])
  })
})

describe('doctor', () => {
  test('looks at everything, and prints it as lines or as JSON', async () => {
    // What a process that is gone has left behind, in a folder for temporary files of its own.
    const temporary = join(scratch.file('in-tmp', ''), '..', 'tmp')
    mkdirSync(join(temporary, 'agentchat-sandbox-4194305-left'), { recursive: true })
    const env = { TMPDIR: temporary }
    const [lines, json] = await Promise.all([command(['doctor']), command(['doctor', '--json'], { env })])
    expect(lines).toMatchObject({ exitCode: 0, stderr: '' })
    expect(lines.stdout).toMatch(/^ok +Node\.js +\d+\.\d+\.\d+\nok +Deno +2\./)
    expect(json).toMatchObject({ exitCode: 0, stderr: '' })
    const { ok, checks } = JSON.parse(json.stdout)
    expect(ok).toBe(true)
    const names = [
      'Node.js',
      'Deno',
      'Pyodide',
      'cache folder',
      'disk',
      'image',
      'execution',
      'first wall',
      'second wall',
    ]
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(checks[4]).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/images \d.*MB.*are free; 1 temporary folders/),
      remedy: expect.stringContaining('agentchat-sandbox-4194305-left'),
    })
    expect(lines.stdout.match(/^(ok|warn) /gm)).toHaveLength(names.length)
  })

  test('says what fails and what to do, and does not look at what cannot work', async () => {
    const env = { AGENTCHAT_CACHE_DIR: join(scratch.file('a file', ''), 'cache') }
    const { exitCode, stdout, stderr } = await command(['doctor'], { env })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    expect(stdout).toMatch(/^fail +cache folder .*\n +-> .*AGENTCHAT_CACHE_DIR/m)
    expect(stdout).toMatch(/^fail +execution +not looked at, because cache folder fails$/m)
  })
})
