// Builds each package: `build/` is src/ compiled, file by file, for tests and measurements that look inside; `dist/` is
// what is published: a bundle for each entry of Node with what is needed only sometimes in chunks of its own, the runner
// as plain files, and the declarations.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc')

/**
 * In the order in which they need each other. `copied` is what the compiler does not make, `plain` what is published as
 * it is compiled, `programs` what of base it starts as a process, `declared` the folders whose declarations are published,
 * `bundled` what is in the bundle although it is installed too.
 */
const PACKAGES = [
  { name: 'base', projects: ['.'] },
  {
    name: 'sandbox',
    projects: ['.', 'src/runner'],
    copied: ['runner/python'],
    entries: ['sandbox/index', 'sandbox/sync-thread', 'cli/main'],
    programs: ['gate/schema-program'],
    plain: ['runner', 'protocol/frames.js'],
    declared: ['sandbox', 'protocol'],
    // Installed for its types alone: loading all of it takes 50 ms, and what is used of it is a tenth.
    bundled: ['zod'],
  },
  {
    name: 'agent',
    projects: ['.'],
    entries: ['agent/index', 'openai/index'],
    programs: [],
    plain: [],
    declared: ['agent', 'openai'],
  },
  {
    name: 'mcp',
    projects: ['.'],
    entries: ['mcp/index', 'cli/main'],
    programs: [],
    plain: [],
    declared: ['mcp'],
  },
  {
    name: 'server',
    projects: ['.'],
    copied: ['services/tools/python', 'db/migrations'],
    entries: ['http/index', 'http/client', 'cli/main'],
    programs: ['gate/schema-program', 'gate/document-program'],
    plain: ['services/tools/python', 'db/migrations'],
    declared: ['.'],
  },
]

for (const each of PACKAGES) {
  compile(each)
  if (each.entries !== undefined) await bundle(each)
}
// Last: a build that was broken off does not count.
writeFileSync(join(root, 'packages', 'server', 'dist', 'built'), '')

function compile({ name, projects, copied = [] }) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'build'), { recursive: true, force: true })
  for (const project of projects) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: folder, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  for (const path of copied) copy(join(folder, 'src', path), join(folder, 'build', path))
}

async function bundle({ name, entries, programs, plain, declared, bundled = [] }) {
  const folder = join(root, 'packages', name)
  const [build, dist] = [join(folder, 'build'), join(folder, 'dist')]
  rmSync(dist, { recursive: true, force: true })
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const installed = Object.keys(dependencies).filter((dependency) => !bundled.includes(dependency))
  const output = await rolldown({
    input: Object.fromEntries([
      ...entries.map((entry) => [entry, join(build, `${entry}.js`)]),
      ...programs.map((entry) => [entry, join(root, 'packages', 'base', 'build', `${entry}.js`)]),
    ]),
    platform: 'node',
    external: (id) =>
      id.startsWith('node:') || installed.some((each) => id === each || id.startsWith(`${each}/`)),
    logLevel: 'warn',
  })
  await output.write({
    dir: dist,
    format: 'esm',
    sourcemap: true,
    minify: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
  })
  for (const path of plain) copy(join(build, path), join(dist, path))
  for (const path of declared) copyDeclarations(join(build, path), join(dist, path))
  if (entries.includes('cli/main')) chmodSync(join(dist, 'cli', 'main.js'), 0o755)
}

function copy(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !/__pycache__|\.d\.ts$/.test(path) })
}

function copyDeclarations(from, to) {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyDeclarations(join(from, entry.name), join(to, entry.name))
    else if (entry.name.endsWith('.d.ts')) cpSync(join(from, entry.name), join(to, entry.name))
  }
}
