import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { program } from '../fixtures/program.ts'
import { folderWith } from '../fixtures/wheels.ts'

const folder = folderWith()
const cache = cacheWithBase()
afterAll(() => {
  folder[Symbol.dispose]()
  cache[Symbol.dispose]()
})

const PACKAGES = ['rich', 'tqdm', 'anyio', 'pytest', 'joblib']

/** Has pip bring the wheels, with those that they need, from the index that this machine is set up for. */
async function download(): Promise<boolean> {
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--retries',
    '0',
    '--timeout',
    '10',
    '--dest',
    folder.path,
  ]
  const kind = ['--only-binary', ':all:', '--python-version', '3.14', '--abi', 'none', '--platform', 'any']
  return await promisify(execFile)('python3', [...args, ...kind, ...PACKAGES], { timeout: 90_000 }).then(
    () => true,
    () => false,
  )
}

const there = await download()
if (!there) console.warn('pip reaches no index: tests with rich, tqdm, anyio, pytest and joblib are skipped')

/** What each program prints; a part of it where the rest names versions or times. */
const PRINTED: Record<string, string | RegExp> = {
  rich: /^ {2}T {2}\n┏━━━┓\n┃ a ┃\n┡━━━┩\n│ x │\n└───┘\nwork ━+ 100% 0:00:00\nho\n\{'a': \[1, 2\]\}\s+😃\n$/,
  tqdm: /3\/3\n\n\[0, 1, 4, 9\]\n\[1, 2\] 6\n$/,
  anyio: '[1, 2] True 7\nsent 1\nwritten\n3\n',
  pytest:
    /1 failed, 3 passed, 1 skipped(, 1 warning)? in [\d.]+s\n1\n[\s\S]*1 passed(, 1 warning)? in [\d.]+s\n0\n$/,
  joblib: "4 4 [2] True\n4 [2, 2]\n[0, 1, 2, 3]\n[0, 1, 4, 9]\n[0, 1, 2]\n{'a': 1} 32\n",
}

test.skipIf(!there)('rich, tqdm, anyio, pytest and joblib do what they do elsewhere', async () => {
  await using sandbox = new PyodideSandbox({
    ...{ cacheDir: cache.path, offline: true, wheels: folder.path, packages: PACKAGES },
    pool: { min: 0, max: 1 },
  })
  const programs = Object.keys(PRINTED).map((name) => ({ code: program(`packages/pure/${name}`) }))
  for await (const { index, result, error } of sandbox.batch(programs, { concurrency: 1 })) {
    const name = Object.keys(PRINTED)[index] ?? ''
    expect(error, name).toBeNull()
    expect(result?.error, name).toBeNull()
    const printed = PRINTED[name] ?? ''
    if (typeof printed === 'string') expect.soft(result?.stdout, name).toBe(printed)
    else expect.soft(result?.stdout, name).toMatch(printed)
  }
})
