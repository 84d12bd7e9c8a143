// Builds the programs of test/escapes that run by themselves, into `build/escapes`: the command, the process that plays the
// host, the naive runner, the gauge and the neighbour. Node 20 runs no TypeScript. Each file stays one, in its place: a
// path from `build/escapes` is the same as from `test/escapes`.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(root, 'test', 'escapes')
const BUILT = join(root, 'build', 'escapes')
const PROGRAMS = ['main', 'host/main', 'naive-runner', 'http/gauge', 'http/neighbour']

/** What stands in the source of a package is imported from its build. */
const packagesAreBuilt = {
  name: 'packages-are-built',
  resolveId(specifier, importer) {
    if (importer === undefined || !specifier.startsWith('.')) return null
    const path = join(importer, '..', specifier)
    const [, name, module] = /\/packages\/(\w+)\/src\/(.+)\.ts$/.exec(path) ?? []
    if (name === undefined) return null
    return { id: join(root, 'packages', name, 'build', `${module}.js`), external: true }
  },
}

/** Builds them where they are older than their source. */
export async function buildEscapes() {
  const made = join(BUILT, 'main.js')
  const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const changed = Math.max(...sources.map((name) => statSync(join(SOURCE, name)).mtimeMs))
  if (existsSync(made) && statSync(made).mtimeMs > changed) return
  const output = await rolldown({
    input: Object.fromEntries(PROGRAMS.map((name) => [name, join(SOURCE, `${name}.ts`)])),
    platform: 'node',
    external: (id) => id.startsWith('node:'),
    logLevel: 'warn',
    plugins: [packagesAreBuilt],
  })
  await output.write({ dir: BUILT, format: 'esm', preserveModules: true, preserveModulesRoot: SOURCE })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildEscapes()
