import { existsSync, readdirSync } from 'node:fs'
import { strToU8 } from 'fflate'
import { afterAll, expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { makeNativeWheel } from '../fixtures/native-wheel.ts'
import { folderWith, makeWheel } from '../fixtures/wheels.ts'

const cache = cacheWithBase()
afterAll(() => cache[Symbol.dispose]())

const realWheels = process.env.AGENTCHAT_TEST_WHEELS ?? ''
const hasNumpy = existsSync(realWheels) && readdirSync(realWheels).some((file) => file.startsWith('numpy-'))
if (!hasNumpy)
  console.warn('AGENTCHAT_TEST_WHEELS names no folder with numpy: sessions with it are not tested')

function sandboxWith(options: SandboxOptions): PyodideSandbox {
  return new PyodideSandbox({ cacheDir: cache.path, offline: true, pool: { min: 0, max: 2 }, ...options })
}

/**
 * Runs each piece of code in a worker of its own, which wakes up from what the one before left. Gives the results, and
 * the size of each session.
 */
async function throughWorkers(sandbox: PyodideSandbox, codes: readonly string[]) {
  const results: unknown[] = []
  const bytes: number[] = []
  let saved: Awaited<ReturnType<ReturnType<PyodideSandbox['session']>['save']>> | undefined
  for (const code of codes) {
    await using session = sandbox.session(saved)
    const { result, error } = await session.execute(code)
    expect(error).toBeNull()
    results.push(result)
    saved = await session.save()
    bytes.push(saved.sessionBytes.length)
  }
  return { results, bytes, saved }
}

test('a native module of the image goes on with the memory that the session left it', async () => {
  using folder = folderWith([makeNativeWheel()])
  await using sandbox = sandboxWith({ packages: ['tiny_native'], wheels: folder.path })
  const step = 'import tiny_native as t\n[t.bump(), t.answer()]'
  const failing = 'try:\n  t.fail()\nexcept ValueError as error:\n  failure = str(error)\n[failure, t.bump()]'
  const { results } = await throughWorkers(sandbox, [step, step, failing])
  expect(results).toEqual([
    [41, 42],
    [42, 42],
    ['out of luck', 43],
  ])
})

test('a native module that the session loaded itself is there again, also after several wake-ups', async () => {
  using folder = folderWith([makeNativeWheel(), makeWheel({ name: 'user', requires: ['tiny-native'] })])
  await using sandbox = sandboxWith({ packages: ['user'], wheels: folder.path })
  const { results } = await throughWorkers(sandbox, [
    'import sys; x = 1; "tiny_native" in sys.modules',
    'import tiny_native as t\n[x, t.bump(), t.answer()]',
    '[t.bump(), t.answer()]',
    'import tiny_native; [tiny_native.bump(), t.answer()]',
  ])
  expect(results).toEqual([false, [1, 41, 42], [42, 42], [43, 42]])
})

test('files of an image are kept only where the session changed them', async () => {
  const big = new Uint8Array(3_000_000).map((_, index) => (index * 7919) >> 3)
  const wheel = makeWheel({
    name: 'shapes',
    files: { 'shapes/__init__.py': strToU8(''), 'shapes/big.bin': big, 'shapes/small.txt': strToU8('one\n') },
  })
  using folder = folderWith([wheel])
  await using sandbox = sandboxWith({ packages: ['shapes'], wheels: folder.path })
  const { results, bytes, saved } = await throughWorkers(sandbox, [
    `import shapes, os
folder = os.path.dirname(shapes.__file__)
with open(folder + '/small.txt', 'a') as f: f.write('two\\n')
n = len(open(folder + '/big.bin', 'rb').read())
n`,
    `[open(folder + '/small.txt').read(), os.path.getsize(folder + '/big.bin'),
 open(folder + '/big.bin', 'rb').read()[-1]]`,
    `os.remove(folder + '/small.txt'); os.path.exists(folder + '/big.bin')`,
    `os.listdir(folder)`,
  ])
  expect(results).toEqual([3_000_000, ['one\ntwo\n', 3_000_000, big.at(-1)], true, expect.any(Array)])
  expect(results[3]).not.toContain('small.txt')
  expect(results[3]).toContain('big.bin')
  for (const size of bytes) expect(size).toBeLessThan(1_000_000)
  expect(saved?.sessionMetadata.packages).toContainEqual({ name: 'shapes', version: '1.0' })
})

test.skipIf(!hasNumpy)(
  'numpy in a session: arrays, views, generators, and modules loaded later',
  async () => {
    await using sandbox = sandboxWith({ packages: ['numpy'], wheels: realWheels })
    const { results } = await throughWorkers(sandbox, [
      `
import numpy as np
a = np.arange(12.0).reshape(3, 4)
view = a[1:, ::2]
rng = np.random.default_rng(5)
twin = np.random.default_rng(5)
first = rng.integers(0, 1000, 3).tolist()
squares = (x * x for x in np.arange(5))
[next(squares).item(), next(squares).item()]`,
      `
view += 100
import numpy.ma, numpy.testing, numpy.polynomial.chebyshev, ctypes
[a[1].tolist(), twin.integers(0, 1000, 3).tolist() == first, sum(squares).item(),
 twin.random() == rng.random(), round(np.linalg.det(np.eye(3) * 2).item(), 9)]`,
      `
[np.fft.fft([1, 0, 0, 0]).real.tolist(), numpy.ma.masked_array([1, 2], [0, 1]).sum().item(),
 np.shares_memory(a, view), str(np.float32(0.1))]`,
    ])
    expect(results).toEqual([
      [0, 1],
      [[104, 5, 106, 7], true, 29, true, 8],
      [[1, 1, 1, 1], 1, true, '0.1'],
    ])
  },
)

test.skipIf(!hasNumpy)(
  'numpy in a session: luck is fresh after waking up, what a program seeded goes on',
  async () => {
    await using sandbox = sandboxWith({ packages: ['numpy'], wheels: realWheels })
    await using session = sandbox.session()
    await session.execute('import numpy as np; np.random.rand()')
    await using fork = await session.fork()
    const draws = await Promise.all([session, fork].map((each) => each.execute('np.random.rand()')))
    expect(draws[0]?.result).not.toBe(draws[1]?.result)
    await session.execute(`
made = [np.random.default_rng(), np.random.RandomState(), np.random.Generator(np.random.MT19937())]
made.append(made[0].spawn(1)[0])
mine = [np.random.default_rng(7), np.random.RandomState(7)]`)
    await using twin = await session.fork()
    const code = '[[g.normal() for g in made], [g.normal() for g in mine]]'
    const [one, two] = await Promise.all(
      [session, twin].map(async (each) => (await each.execute(code)).result as number[][]),
    )
    expect(one?.[1]).toEqual(two?.[1])
    for (const index of [0, 1, 2, 3]) expect(one?.[0]?.[index]).not.toBe(two?.[0]?.[index])
    await session.execute('np.random.seed(7); np.random.rand()')
    await using other = await session.fork()
    const seeded = await Promise.all([session, other].map((each) => each.execute('np.random.rand()')))
    expect(seeded[0]).toMatchObject({ error: null, result: seeded[1]?.result })
  },
)

test.skipIf(!hasNumpy)('a session with numpy wakes up in a warm worker and in a cold one', async () => {
  const options = { packages: ['numpy'], wheels: realWheels }
  await using warm = sandboxWith({ ...options, pool: { min: 1, max: 2 } })
  await using cold = sandboxWith(options)
  await warm.start()
  await using session = warm.session()
  await session.execute('import numpy as np; a = np.ones(3)')
  const saved = await session.save()
  await using woken = cold.session(saved)
  expect(await woken.execute('a.sum().item()')).toMatchObject({ error: null, result: 3 })
  const again = await woken.save()
  await using back = warm.session(again)
  expect(await back.execute('(a + 1).sum().item()')).toMatchObject({ error: null, result: 6 })
})
