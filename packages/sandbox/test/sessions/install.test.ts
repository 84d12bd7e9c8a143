import { existsSync, readdirSync } from 'node:fs'
import { strToU8 } from 'fflate'
import { afterAll, expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { makeNativeWheel } from '../fixtures/native-wheel.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'
import { folderWith, makeWheel } from '../fixtures/wheels.ts'

const realWheels = process.env.AGENTCHAT_TEST_WHEELS ?? ''
const hasNumpy = existsSync(realWheels) && readdirSync(realWheels).some((file) => file.startsWith('numpy-'))
if (!hasNumpy)
  console.warn('AGENTCHAT_TEST_WHEELS names no folder with numpy: installing it into a session is not tested')

const code = (text: string) => strToU8(text)
const wheels = folderWith([
  makeWheel({ name: 'top', version: '1.2', requires: ['below>=1'] }),
  makeWheel({ name: 'below', version: '1.5' }),
  makeWheel({ name: 'below', version: '0.5' }),
  makeWheel({ name: 'newer', requires: ['below>=9'] }),
  makeWheel({ name: 'lone', requires: ['nowhere'] }),
  makeWheel({ name: 'broken', files: { 'broken.py': code('raise RuntimeError("not today")\n') } }),
  makeWheel({ name: 'endless', files: { 'endless.py': code('while True: pass\n') } }),
  makeWheel({ name: 'climber', files: { '../../etc/climber.py': code('') } }),
  makeWheel({ name: 'foreign', tag: 'cp314-cp314-manylinux_2_28_x86_64' }),
  makeWheel({
    name: 'many',
    files: Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`many/m${index}.py`, code('x = 1\n')]).concat([
        ['many/__init__.py', code('')],
      ]),
    ),
  }),
  makeNativeWheel(),
])
afterAll(() => wheels[Symbol.dispose]())

function sandboxWith(options: SandboxOptions = {}): PyodideSandbox {
  return new PyodideSandbox({ wheels: wheels.path, offline: true, pool: { min: 0, max: 2 }, ...options })
}

test('session.install() counts what is to be installed before it looks for any of it', async () => {
  await using sandbox = sandboxWith()
  await using session = sandbox.session()
  const refused = await session.install(...Array(50_000).fill('top')).catch((error) => error)
  expect(refused).toMatchObject({ code: 'invalid-options', message: expect.stringMatching(/50000/) })
})

test('session.install() adds a package with what it needs, in turn, and it stays through save and fork', async () => {
  await using sandbox = sandboxWith()
  await using session = sandbox.session()
  const [before, installed, after] = await Promise.all([
    session.execute(
      'import time\nx = 1\ntime.sleep(0.3)\ntry:\n  import top\nexcept ImportError as error:\n  e = str(error)\ne',
    ),
    session.install('top'),
    session.execute('import top, below\n[top.version, below.version, x]'),
  ])
  expect(before).toMatchObject({ result: expect.stringMatching(/No module named 'top'/) })
  expect(installed).toEqual([
    { name: 'below', version: '1.5', requested: false },
    { name: 'top', version: '1.2', requested: true },
  ])
  expect(after).toMatchObject({ error: null, result: ['1.2', '1.5', 1] })
  const saved = await session.save()
  expect(saved.sessionMetadata.packages).toEqual([
    { name: 'below', version: '1.5' },
    { name: 'top', version: '1.2' },
  ])
  const names = saved.sessionMetadata.names.map(({ name }) => name)
  expect(names.sort()).toEqual(['below', 'e', 'time', 'top', 'x'])
  await using fork = await session.fork()
  await using woken = sandbox.session(saved)
  for (const each of [fork, woken]) {
    expect(await each.execute('import importlib\nimportlib.reload(below).version')).toMatchObject({
      result: '1.5',
    })
    // It is known to be there, also where it was not installed.
    expect(await each.install('top', 'below<2')).toEqual([])
  }
  await expect(woken.install('newer')).rejects.toMatchObject({ problems: [{ kind: 'conflict' }] })
})

test.for<[string, string[], object]>([
  ['a package that nobody has', ['absent'], { requirement: 'absent', kind: 'offline' }],
  ['one whose needs nobody has', ['lone'], { requirement: 'nowhere (for lone)', kind: 'offline' }],
  ['one without a build', ['foreign'], { requirement: 'foreign', kind: 'offline' }],
  ['what is no requirement', ['top @ https://example.com/x.whl'], { kind: 'bad-requirement' }],
  ['one that cannot be imported', ['top', 'broken'], { kind: 'not-importable', detail: /not today/ }],
  ['one that never ends', ['endless'], { kind: 'not-importable', detail: /TimeoutError/ }],
  ['a wheel that climbs out', ['below', 'climber'], { kind: 'bad-wheel', detail: /leads out/ }],
])('session.install() refuses %s by name, and the session goes on', async ([, packages, problem]) => {
  await using sandbox = sandboxWith({ timeoutSeconds: 8 })
  await using session = sandbox.session()
  await session.execute('x = [1]; g = iter(x)')
  const detail = 'detail' in problem ? { detail: expect.stringMatching(problem.detail as RegExp) } : {}
  await expect(session.install(...packages)).rejects.toMatchObject({
    code: 'package-unavailable',
    problems: [{ ...problem, ...detail }],
  })
  const after = `import sys, os
[next(g), [name for name in ('top', 'below', 'broken') if name in sys.modules],
 [f for f in os.listdir(next(p for p in sys.path if p.endswith('site-packages'))) if 'dist-info' in f]]`
  expect(await session.execute(after)).toMatchObject({ error: null, result: [1, [], []] })
  expect(await session.install('below')).toMatchObject([{ name: 'below', version: '1.5' }])
})

test('session.install() needs a state to go back to, and packages', async () => {
  await using sandbox = sandboxWith()
  await using session = sandbox.session()
  await session.execute('import asyncio\nh = asyncio.get_event_loop().call_later(60, print)\nx = 1')
  await expect(session.install('top')).rejects.toMatchObject({ code: 'session-not-saved' })
  expect(await session.execute('h.cancel()\nx')).toMatchObject({ result: 1, sessionRestored: null })
  for (const packages of [[], [''], [7 as never]])
    await expect(session.install(...packages)).rejects.toMatchObject({ code: 'invalid-options' })
})

test('installed files are kept, are not held against maxFiles, and are bounded by maxFileBytes', async () => {
  await using sandbox = sandboxWith({ maxFiles: 10, maxFileBytes: 5000 })
  await using session = sandbox.session()
  await session.install('many')
  await using woken = sandbox.session(await session.save())
  for (const each of [session, woken]) {
    expect(await each.execute('import many.m39; open("mine", "w").write("x" * 4000)')).toMatchObject({
      error: null,
      result: 4000,
    })
    const { error } = await each.execute('for n in range(20): open(f"f{n}", "w").close()')
    expect(error?.message).toMatch(/No space left/)
  }
  await using small = sandboxWith({ maxFileBytes: 100 })
  await using other = small.session()
  await expect(other.install('many')).rejects.toMatchObject({ problems: [{ kind: 'too-large' }] })
})

test('a native package is installed into the base image, and goes on after kill -9', async () => {
  const before = new Set(denoProcesses())
  await using sandbox = sandboxWith()
  await using session = sandbox.session()
  await session.install('tiny-native')
  const step = 'import tiny_native as t\n[t.bump(), t.answer()]'
  expect(await session.execute(step)).toMatchObject({ error: null, result: [41, 42] })
  await using fork = await session.fork()
  await session.save()
  for (const pid of denoProcesses().filter((each) => !before.has(each))) process.kill(pid, 'SIGKILL')
  expect(await session.execute(step)).toMatchObject({
    result: [42, 42],
    sessionRestored: { reason: 'crashed' },
  })
  expect(await fork.execute(step)).toMatchObject({ error: null, result: [42, 42] })
})

test('packages of the image count as present, and a session of another image is refused', async () => {
  using cache = cacheWithBase()
  const sessionKey = new Uint8Array(32).fill(7)
  await using sandbox = sandboxWith({ packages: ['below<1'], cacheDir: cache.path, sessionKey })
  await using session = sandbox.session()
  await expect(session.install('top')).rejects.toMatchObject({
    problems: [{ requirement: 'below>=1 (for top)', kind: 'conflict' }],
  })
  expect(await session.install('below')).toEqual([])
  await using base = sandboxWith({ sessionKey })
  await using other = base.session(await session.save())
  await expect(other.execute('1')).rejects.toMatchObject({ code: 'session-refused', reason: 'wrong-image' })
})

test.skipIf(!hasNumpy)(
  'numpy is installed into a living session, and survives save, wake and fork',
  async () => {
    await using sandbox = sandboxWith({ wheels: realWheels })
    await using session = sandbox.session()
    await session.execute('x = [1, 2, 3]')
    expect(await session.install('numpy')).toMatchObject([{ name: 'numpy', requested: true }])
    const { result, error } = await session.execute(
      'import numpy as np\na = np.array(x); rng = np.random.default_rng(5)\na.sum().item()',
    )
    expect([result, error]).toEqual([6, null])
    const saved = await session.save()
    await using woken = sandbox.session(saved)
    await using fork = await session.fork()
    const code =
      'import numpy.polynomial\n[(a * 2).tolist(), rng.random(), round(np.linalg.det(np.eye(2) * 3).item())]'
    const [one, two] = await Promise.all([woken, fork].map((each) => each.execute(code)))
    expect(one).toMatchObject({ error: null, result: [[2, 4, 6], expect.any(Number), 9] })
    expect(two?.result).toEqual(one?.result)
    await using again = sandbox.session(await woken.save())
    expect(await again.execute('np.fft.fft([1, 0]).real.tolist()')).toMatchObject({
      error: null,
      result: [1, 1],
    })
  },
)
