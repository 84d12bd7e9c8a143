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

/** What the gate starts as a process is built, for Node reads no TypeScript: anew where it is older than its source. */
function buildPrograms(): void {
  const folder = fileURLToPath(new URL('../packages/base', import.meta.url))
  const built = join(folder, 'build', 'gate', 'schema-program.js')
  const changed = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, 'src', name)).mtimeMs)
    .reduce((latest, time) => Math.max(latest, time), 0)
  if (existsSync(built) && statSync(built).mtimeMs > changed) return
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  )
  const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('Cannot build the programs of packages/base: see above')
}
