// Compiles each package from src/ to build/, copies what the compiler does not (Python, migrations), and makes the
// commands executable.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc')

/** In the order in which they need each other. */
const PACKAGES = [
  { name: 'base', projects: ['.'], copied: [] },
  { name: 'sandbox', projects: ['.', 'src/runner'], copied: ['runner/python'], command: 'cli/main.js' },
  {
    name: 'server',
    projects: ['.'],
    copied: ['services/tools/python', 'db/migrations'],
    command: 'cli/main.js',
  },
]

for (const { name, projects, copied, command } of PACKAGES) {
  const folder = `${root}packages/${name}/`
  rmSync(`${folder}build`, { recursive: true, force: true })
  for (const project of projects) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: folder, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  for (const path of copied) {
    cpSync(`${folder}src/${path}`, `${folder}build/${path}`, {
      recursive: true,
      filter: (file) => !file.includes('__pycache__'),
    })
  }
  if (command !== undefined) chmodSync(`${folder}build/${command}`, 0o755)
}
// Last: a build that was broken off does not count.
writeFileSync(`${root}packages/server/build/built`, '')
