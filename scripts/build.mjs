// Compiles src/ to dist/, copies what the compiler does not (Python, migrations), and makes the command
// executable.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc')

rmSync(`${root}dist`, { recursive: true, force: true })
for (const project of ['.', 'src/runner']) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
for (const folder of ['runner/python', 'services/tools/python', 'db/migrations']) {
  cpSync(`${root}src/${folder}`, `${root}dist/${folder}`, {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  })
}
chmodSync(`${root}dist/cli/main.js`, 0o755)
