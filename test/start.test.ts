import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const START = fileURLToPath(new URL('../scripts/start.mjs', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'agentchat-start-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

const BUILT = 'packages/server/dist/built'
const MARKS = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(join(place, BUILT))}, '')`

function put(path: string, text = '', secondsAgo = 100): void {
  const full = join(place, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, text)
  const at = Date.now() / 1000 - secondsAgo
  utimesSync(full, at, at)
  for (let folder = dirname(full); folder.length > place.length; folder = dirname(folder))
    utimesSync(folder, at, at)
}

/** Starts what is there; gives whether it was built before, and how that ended. */
function start() {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(place, 'scripts', 'start.mjs')], {
    encoding: 'utf8',
  })
  return { status, builds: stderr.includes('[start] building'), runs: stdout.includes('it runs') }
}

test('start builds what is missing, old, or was broken off, and what another lock file asks for', () => {
  put('node_modules/.package-lock.json')
  put('package-lock.json')
  put('packages/server/src/a.ts')
  put('packages/server/dist/cli/main.js', "console.log('it runs')")
  put('scripts/build.mjs', MARKS)
  cpSync(START, join(place, 'scripts', 'start.mjs'), { preserveTimestamps: true })
  put('scripts/build.mjs', MARKS)
  expect(start()).toEqual({ status: 0, builds: true, runs: true })
  expect(start()).toEqual({ status: 0, builds: false, runs: true })

  put('package-lock.json', '', -5)
  expect(start()).toMatchObject({ status: 0, builds: true })
  put('package-lock.json')
  put('packages/server/src/a.ts', '', -5)
  expect(start()).toMatchObject({ status: 0, builds: true })
  put('packages/server/src/a.ts')

  // A build that dies on the way has written much of dist/, and not its last file.
  rmSync(join(place, BUILT))
  put('scripts/build.mjs', 'process.exit(1)')
  expect(start()).toEqual({ status: 1, builds: true, runs: false })
  put('scripts/build.mjs', MARKS)
  expect(start()).toEqual({ status: 0, builds: true, runs: true })
})
