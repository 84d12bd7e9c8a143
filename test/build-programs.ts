import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the gate starts as a process is built, for Node reads no TypeScript: anew where it is older than its source. */
export default function buildPrograms(): void {
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
