import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { addPackages } from 'agentchat-sandbox-base/command/sandbox-flags'
import { strToU8 } from 'fflate'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cacheWithBase } from '../fixtures/cache.ts'
import { command, type Outcome, start } from '../fixtures/command.ts'
import { folderWith, makeWheel } from '../fixtures/wheels.ts'

const cache = cacheWithBase()
const wheels = folderWith([
  makeWheel({ name: 'alpha', version: '1.0' }),
  makeWheel({ name: 'alpha', version: '2.0', requires: ['beta'] }),
  makeWheel({ name: 'beta', files: { 'beta.py': strToU8('warmed = False\n') } }),
])
afterAll(() => {
  cache[Symbol.dispose]()
  wheels[Symbol.dispose]()
})

const env = { AGENTCHAT_CACHE_DIR: cache.path, AGENTCHAT_OFFLINE: '1' }
const image = (...args: string[]): Promise<Outcome> => command(['image', ...args], { env })
const build = (name: string, packages: string, ...more: string[]): Promise<Outcome> =>
  image('build', '--name', name, '--packages', packages, '--wheels', wheels.path, ...more)
const run = (...args: string[]): Promise<Outcome> => command(['run', ...args], { env })
// The base images of what is not this command.
beforeAll(() => image('remove', '--unused'))
const imagesOnDisk = (): string[] =>
  existsSync(join(cache.path, 'images')) ? readdirSync(join(cache.path, 'images')).sort() : []

test.each([
  ['numpy', ['numpy']],
  ['numpy,pandas', ['numpy', 'pandas']],
  ['numpy>=2,<3,pandas', ['numpy>=2,<3', 'pandas']],
  ['a ~=1.0, !=1.5 , b==2', ['a ~=1.0, !=1.5', 'b==2']],
  [' , ,a,', ['a']],
])('addPackages(%j)', (text, expected) => {
  expect(addPackages(text)).toEqual(expected)
  expect(addPackages(text, ['x'])).toEqual(['x', ...expected])
})

describe('image', () => {
  test('build makes an image; list, inspect and run know it; remove takes it away', async () => {
    const built = await build('data', 'alpha,beta', '--warm', 'import beta; beta.warmed = True')
    expect(built).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^image "data" is ready: alpha 2\.0, beta 1\.0 \(\d+ MB\)\n$/),
    })
    expect(built.stderr).toContain('building the image "data": finding packages')
    expect(built.stderr).toContain('building the image "data": image is ready')
    const code = 'import sys; print("alpha" in sys.modules, sys.modules["beta"].warmed)'
    // Nothing has to be found, built or fetched any more.
    expect(await run('--image', 'data', '-c', code)).toEqual({
      stdout: 'True True\n',
      stderr: '',
      exitCode: 0,
    })
    expect((await image('list')).stdout).toMatch(
      /^NAME +SIZE +PACKAGES\nbase .*\ndata +\d+ MB +alpha 2\.0, beta 1\.0\n$/,
    )
    expect(JSON.parse((await image('list', '--json')).stdout)).toEqual([
      expect.objectContaining({ name: 'base', packages: [] }),
      expect.objectContaining({ name: 'data', requirements: ['alpha', 'beta'], built: true }),
    ])
    const inspected = await image('inspect', 'data')
    expect(inspected.stdout).toMatch(/asked for +alpha, beta\npackages +alpha 2\.0 +sha256 [0-9a-f]{64}\n/)
    expect(inspected.stdout).toMatch(/imported +alpha, beta\nwarm-up +import beta; beta\.warmed = True\n/)
    expect(JSON.parse((await image('inspect', 'data', '--json')).stdout)).toMatchObject({
      packages: [{ name: 'alpha', version: '2.0' }, { name: 'beta' }],
      notImported: [],
    })
    expect(await image('remove', 'data')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^removed image "data" \(\d+ MB\)\n$/),
    })
    expect(imagesOnDisk().filter((name) => name.startsWith('data-'))).toEqual([])
    const gone = await run('--image', 'data', '-c', '1')
    expect(gone).toMatchObject({ exitCode: 2, stdout: '' })
    expect(gone.stderr).toMatch(/Cannot use the image "data": there is none of this name, only "base"/)
  })

  test('build under a name that exists replaces it; remove --unused clears what is left', async () => {
    expect((await build('twice', 'alpha<2')).stdout).toContain('alpha 1.0')
    expect((await build('twice', 'alpha')).stdout).toContain('alpha 2.0')
    const code = 'import alpha; print(alpha.version)'
    expect((await run('--image', 'twice', '-c', code)).stdout).toBe('2.0\n')
    expect(imagesOnDisk().filter((name) => name.startsWith('twice-')).length).toBe(2)
    expect((await image('remove', '--unused')).stdout).toMatch(/^removed 1 unused image \(\d+ MB\)\n/)
    expect(imagesOnDisk().filter((name) => name.startsWith('twice-')).length).toBe(1)
    expect(await run('--image', 'twice', '-c', code)).toEqual({ stdout: '2.0\n', stderr: '', exitCode: 0 })
  })

  test('two builds of one name at once both succeed', async () => {
    const outcomes = await Promise.all([build('race', 'alpha'), build('race', 'alpha')])
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    const races = imagesOnDisk().filter((name) => name.startsWith('race-') || name.startsWith('.'))
    expect(races.length).toBe(1)
    expect((await run('--image', 'race', '-c', 'import alpha; print(1)')).stdout).toBe('1\n')
  })

  test('a build that is killed leaves no name, and the next one works', async () => {
    const building = start(
      [
        'image',
        'build',
        '-n',
        'cut',
        '-p',
        'beta',
        '-w',
        wheels.path,
        '--warm',
        'import time; time.sleep(60)',
      ],
      { env },
    )
    await vi.waitUntil(() => imagesOnDisk().some((name) => name.startsWith('.building-')), {
      timeout: 300_000,
    })
    building.child.kill('SIGKILL')
    await building.outcome
    expect((await image('list')).stdout).not.toContain('cut')
    expect(await build('cut', 'beta')).toMatchObject({ exitCode: 0 })
  })

  test('run --packages makes an image of its own, once', async () => {
    const args = ['--packages', 'beta', '--wheels', wheels.path, '-c', 'import beta; print(beta.warmed)']
    const first = await run(...args)
    expect(first).toMatchObject({ exitCode: 0, stdout: 'False\n' })
    expect(first.stderr).toContain('finding packages')
    expect(await run(...args)).toEqual({ stdout: 'False\n', stderr: '', exitCode: 0 })
  })

  test('run --auto-install brings what the program imports, and says what cannot be had', async () => {
    const code = 'import alpha, beta; print(beta.warmed)'
    const args = ['--auto-install', '--wheels', wheels.path, '-c', code]
    const first = await run(...args)
    expect(first).toMatchObject({ stdout: 'False\n', exitCode: 0 })
    expect(first.stderr).toMatch(/first use only: finding packages/)
    expect(await run(...args)).toEqual({ stdout: 'False\n', stderr: '', exitCode: 0 })
    const missing = await run('--auto-install', '--wheels', wheels.path, '-c', 'import nonesuch')
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be had') })
  })

  test('run --image with --packages has both', async () => {
    await build('half', 'alpha<2')
    const code = 'import alpha, beta; print(alpha.version)'
    const args = ['--image', 'half', '--packages', 'beta', '--wheels', wheels.path, '-c', code]
    expect(await run(...args)).toMatchObject({ exitCode: 0, stdout: '1.0\n' })
  })

  test.each<[string[], number, RegExp]>([
    [['build', '--packages', 'alpha'], 2, /required option '-n, --name <name>'/],
    [['build', '--name', 'x'], 2, /required option '-p, --packages <list>'/],
    [['build', '-n', 'x', '-p', ','], 2, /name at least one package/],
    [['build', '-n', 'base', '-p', 'alpha'], 2, /"base" is the image without packages/],
    [['build', '-n', '../x', '-p', 'alpha'], 2, /a name has at most 64/],
    [['build', '-n', '_packages', '-p', 'alpha'], 2, /a name has at most 64/],
    [['build', '-n', 'x', '-p', 'alpha', '-w', '/no/such'], 2, /there is no such folder/],
    [['build', '-n', 'x', '-p', 'alpha', '--index', 'ftp://x'], 2, /http or https/],
    [['build', '-n', 'x', '-p', 'alpha'], 1, /"alpha": the network is off limits/],
    [['build', '-n', 'x', '-p', '-nope-'], 1, /no requirement such as "numpy"/],
    [['inspect', 'nobody'], 2, /there is none of this name, only "base"/],
    [['inspect'], 2, /missing required argument 'name'/],
    [['remove', 'nobody'], 2, /there is none of this name/],
    [['remove', 'base'], 2, /"base" cannot be removed/],
    [['remove'], 2, /name an image to remove/],
    [['rebuild'], 2, /unknown command 'rebuild'/],
  ])('%j ends with %d and says why', async (args, exitCode, message) => {
    // With a cache of its own: what other tests have fetched must not be found.
    using own = folderWith()
    const outcome = await command(['image', ...args], { env: { ...env, AGENTCHAT_CACHE_DIR: own.path } })
    expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) })
    expect(outcome.stderr).not.toMatch(/\n {4}at /)
  })

  test('a failing warm-up and a package that cannot be imported are told with their reason', async () => {
    expect(await build('bad', 'beta', '--warm', '1/0')).toMatchObject({
      exitCode: 70,
      stderr: expect.stringMatching(/the warm-up code failed: ZeroDivisionError: division by zero/),
    })
    expect((await image('list')).stdout).not.toContain('bad')
  })

  test.each([[['image']], [['image', '--help']], [['image', 'build', '--help']], [['help', 'image']]])(
    '%j explains',
    async (args) => {
      const { stdout, stderr } = await command(args, { env })
      expect(stdout + stderr).toMatch(/Usage: agentchat-sandbox image/)
    },
  )
})
