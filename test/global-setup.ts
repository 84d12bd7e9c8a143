import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PyodideSandbox } from 'agentchat-sandbox'

/**
 * One cache folder with a fresh image for the whole test run, so that no test meets another version's.
 * `AGENTCHAT_TEST_CACHE` names a folder that is kept, which saves ten seconds a run.
 */
export default async function setup(): Promise<() => void> {
  buildPrograms()
  const kept = process.env.AGENTCHAT_TEST_CACHE
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'agentchat-test-cache-'))
  process.env.AGENTCHAT_CACHE_DIR = folder
  const sandbox = new PyodideSandbox()
  await sandbox.start()
  await sandbox.close()
  return () => {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** What is started as a process or a thread is built, for Node reads no TypeScript: anew where it is older than its source. */
const PROGRAMS = [
  { name: 'base', folder: '.', program: 'gate/schema-program.js' },
  {
    name: 'server',
    folder: 'db/embedded',
    program: 'db/embedded/thread-program.js',
    made: fileURLToPath(new URL('../scripts/initial-database.mjs', import.meta.url)),
  },
]

function buildPrograms(): void {
  for (const each of PROGRAMS) {
    const folder = fileURLToPath(new URL(`../packages/${each.name}`, import.meta.url))
    const built = join(folder, 'build', each.program)
    const changed = readdirSync(join(folder, 'src', each.folder), { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, 'src', each.folder, name)).mtimeMs)
      .reduce((latest, time) => Math.max(latest, time), 0)
    if (existsSync(built) && statSync(built).mtimeMs > changed) continue
    compile(folder)
    if (each.made !== undefined) run(each.made, join(folder, 'build'))
  }
}

function compile(folder: string): void {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  )
  run(compiler, '-p', folder)
}

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' })
  if (status !== 0)
    throw new Error(`Cannot build what is started as a process or a thread: ${program} failed`)
}
