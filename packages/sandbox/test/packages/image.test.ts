import { execFile } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CacheUnwritableError, PyodideSandbox } from '../../src/sandbox/index.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'

const root = mkdtempSync(join(tmpdir(), 'agentchat-test-images-'))
const pool = { min: 0, max: 1 }
const seed = join(root, 'seed')
let folders = 0

/** A new cache folder with a copy of the image. */
function copyOfCache(name = `copy ${++folders}`): string {
  const folder = join(root, name)
  cpSync(seed, folder, { recursive: true })
  return folder
}

/** Runs `40+2` with this cache folder and gives what was told meanwhile of building. */
async function runWith(cacheDir: string): Promise<string[]> {
  const stages: string[] = []
  await using sandbox = new PyodideSandbox({
    pool,
    cacheDir,
    onProgress: ({ stage }) => stages.push(stage),
  })
  expect(await sandbox.execute('40+2')).toMatchObject({ status: 'success', result: 42 })
  return stages
}

/** The one image in a cache folder. */
function imageIn(cacheDir: string): string {
  const names = readdirSync(join(cacheDir, 'images'))
  expect(names.length, `images in ${names.join(' ')}`).toBe(1)
  return join(cacheDir, 'images', names[0] ?? '')
}

function codeCacheIn(cacheDir: string): string {
  const names = readdirSync(join(cacheDir, 'code'))
  expect(names.length, `code caches in ${names.join(' ')}`).toBe(1)
  return join(cacheDir, 'code', names[0] ?? '')
}

/** Everything in a cache folder that somebody forgot to take away. */
function leftovers(cacheDir: string): string[] {
  return readdirSync(cacheDir, { recursive: true })
    .map(String)
    .filter((name) => /\.(building|damaged)-|[0-9a-f]{8}-[0-9a-f]{4}-/.test(name))
}

function flipByte(path: string, at = Math.floor(statSync(path).size / 2)): void {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, at)
  closeSync(file)
}

let seedStages: string[][] = []

beforeAll(async () => {
  seedStages = await Promise.all([runWith(seed), runWith(seed)])
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

test('two sandboxes that build at once into an empty cache build one image', async () => {
  expect(seedStages.map((stages) => stages.length > 0).sort()).toEqual([false, true])
  expect(seedStages.flat().at(-1)).toBe('image is ready')
  expect(imageIn(seed)).toMatch(/base-[0-9a-f]{24}$/)
  expect(leftovers(seed)).toEqual([])
  expect(await runWith(seed)).toEqual([])
})

test('two processes that build at once into an empty cache both work', async () => {
  const cache = join(root, 'two processes')
  const library = new URL('../../build/sandbox/index.js', import.meta.url)
  const code = `
    import { PyodideSandbox } from ${JSON.stringify(library.href)}
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, cacheDir: ${JSON.stringify(cache)} })
    console.log((await sandbox.execute('40+2')).result)
    await sandbox.close()`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  for (const { stdout } of await Promise.all([run(), run()])) expect(stdout).toBe('42\n')
  expect(imageIn(cache)).toMatch(/base-[0-9a-f]{24}$/)
  expect(leftovers(cache)).toEqual([])
})

test('an image with one changed byte is built again, also when several workers meet it at once', async () => {
  const cache = copyOfCache()
  flipByte(join(imageIn(cache), 'heap.bin'))
  const stages: string[] = []
  await using sandbox = new PyodideSandbox({
    pool: { min: 0, max: 2 },
    cacheDir: cache,
    onProgress: ({ stage }) => stages.push(stage),
  })
  const results = await Promise.all([sandbox.execute('40+2'), sandbox.execute('40+2')])
  expect(results.map(({ result }) => result)).toEqual([42, 42])
  expect(stages[0]).toContain('damaged')
  expect(stages.filter((stage) => stage === 'image is ready').length).toBe(1)
  expect(leftovers(cache)).toEqual([])
  expect(await runWith(cache)).toEqual([])
})

test('an image whose heap was cut is built again', async () => {
  const cache = copyOfCache()
  writeFileSync(join(imageIn(cache), 'heap.bin'), 'short')
  expect((await runWith(cache))[0]).toContain('damaged')
  expect(leftovers(cache)).toEqual([])
})

test('a code cache that is missing or damaged is made again', async () => {
  const cache = copyOfCache()
  rmSync(join(cache, 'code'), { recursive: true })
  expect(await runWith(cache)).toEqual([])
  const [name = ''] = readdirSync(codeCacheIn(cache)).filter((file) => file !== 'manifest.json')
  const path = join(codeCacheIn(cache), name)
  flipByte(path)
  expect(await runWith(cache)).toEqual([])
  expect(leftovers(cache)).toEqual([])
})

test('a cache folder that is deleted while its sandbox lives is filled again', async () => {
  const cache = copyOfCache()
  await using sandbox = new PyodideSandbox({ pool, cacheDir: cache })
  await sandbox.execute('1')
  await sandbox.execute('2')
  rmSync(join(cache, 'code'), { recursive: true })
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  rmSync(cache, { recursive: true })
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('a cache folder that cannot be made is an error with its name and the remedy', async () => {
  const file = join(root, 'a-regular-file')
  writeFileSync(file, '')
  const cacheDir = join(file, 'cache')
  await using sandbox = new PyodideSandbox({ pool, cacheDir })
  for (const attempt of [1, 2]) {
    const error: unknown = await sandbox.execute('40+2').catch((thrown: unknown) => thrown)
    expect(error, `attempt ${attempt}`).toBeInstanceOf(CacheUnwritableError)
    expect(error).toMatchObject({ code: 'cache-unwritable', folder: expect.stringContaining(cacheDir) })
    expect((error as Error).message).toContain(cacheDir)
    expect((error as Error).message).toContain('AGENTCHAT_CACHE_DIR')
  }
  // Also for who waits at the same time.
  const both = await Promise.allSettled([sandbox.execute('1'), sandbox.execute('2'), sandbox.start()])
  expect(both.slice(0, 2).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('a code cache that cannot be written does not stop a worker', async () => {
  const cache = copyOfCache()
  rmSync(join(cache, 'code'), { recursive: true })
  writeFileSync(join(cache, 'code'), 'in the way')
  expect(await runWith(cache)).toEqual([])
  await expect.poll(() => denoProcesses()).toEqual([])
})

test('a cache folder with a comma in its name is refused where Deno would read it as two', async () => {
  await using sandbox = new PyodideSandbox({ pool, cacheDir: copyOfCache('one,two'), isolation: 'deno' })
  await expect(sandbox.execute('1')).rejects.toThrow(/comma/)
  expect(denoProcesses()).toEqual([])
})

test.each(['deno', 'auto'] as const)(
  'a cache folder with any letters works with isolation "%s"',
  async (isolation) => {
    await using sandbox = new PyodideSandbox({
      pool,
      cacheDir: copyOfCache(`${isolation} für # % ? alle`),
      isolation,
    })
    expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  },
)
