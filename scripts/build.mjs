// Builds each package: `build/` is src/ compiled, file by file, for tests and measurements that look inside; `dist/` is
// what is published: a bundle for each entry of Node with what is needed only sometimes in chunks of its own, the runner
// as plain files, and the declarations.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { clientTypes } from './published/client-types.mjs'
import { compressFiles } from './published/compress-files.mjs'
import { copyDeclarations } from './published/copy-declarations.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc')

/**
 * In the order in which they need each other. `copied` is what the compiler does not make, `plain` what is published as
 * it is compiled, `programs` what of base it starts as a process, `declared` the entries whose declarations are published,
 * `bundled` what is in the bundle although it is installed too, `made` the scripts that make more of what was compiled.
 * `core` is one file: what the one entry always loads and the other does not, since opening twenty files takes longer than
 * reading them.
 */
const PACKAGES = [
  { name: 'base', projects: ['.'] },
  {
    name: 'sandbox',
    projects: ['.', 'src/runner'],
    copied: ['runner/python', 'sandbox/inspection/python'],
    entries: ['sandbox/index', 'sandbox/sync-thread', 'cli/main'],
    core: { of: 'sandbox/index', without: 'cli/main' },
    programs: ['gate/schema-program'],
    plain: ['runner', 'sandbox/inspection/python', 'protocol/frames.js'],
    declared: ['sandbox/index'],
    // Installed for its types alone: loading all of it takes 50 ms, and what is used of it is a tenth.
    bundled: ['zod'],
  },
  {
    name: 'agent',
    projects: ['.'],
    entries: ['agent/index', 'openai/index', 'langchain/index'],
    programs: [],
    plain: [],
    declared: ['agent/index', 'openai/index', 'langchain/index'],
  },
  {
    name: 'mcp',
    projects: ['.'],
    entries: ['mcp/index', 'cli/main'],
    programs: [],
    plain: [],
    declared: ['mcp/index'],
  },
  {
    name: 'server',
    projects: ['.'],
    copied: ['services/tools/python', 'db/migrations'],
    entries: ['http/index', 'http/client', 'cli/main', 'db/embedded/thread-program'],
    programs: ['gate/schema-program', 'gate/document-program'],
    plain: ['services/tools/python', 'db/migrations', 'db/embedded/initial-database.gz'],
    made: ['initial-database.mjs'],
    declared: ['http/index', 'http/client-options'],
  },
]

for (const each of PACKAGES) {
  compile(each)
  if (each.entries !== undefined) await bundle(each)
}
await writeClientTypes()
await buildConsole()
// Last: a build that was broken off does not count.
writeFileSync(join(root, 'packages', 'server', 'dist', 'built'), '')

function compile({ name, projects, copied = [], made = [] }) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'build'), { recursive: true, force: true })
  for (const project of projects) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: folder, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  for (const path of copied) copy(join(folder, 'src', path), join(folder, 'build', path))
  for (const script of made) {
    const program = join(root, 'scripts', script)
    const { status } = spawnSync(process.execPath, [program, join(folder, 'build')], { stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
}

async function bundle({ name, entries, core, programs, plain, declared, bundled = [] }) {
  const folder = join(root, 'packages', name)
  const [build, dist] = [join(folder, 'build'), join(folder, 'dist')]
  rmSync(dist, { recursive: true, force: true })
  const { dependencies, peerDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  const installed = Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (dependency) => !bundled.includes(dependency),
  )
  const inCore = new Set()
  const findCore = {
    name: 'find-core',
    buildEnd() {
      const [always, command] = [core?.of, core?.without].map((entry) =>
        entry === undefined ? new Set() : staticImports(this, join(build, `${entry}.js`)),
      )
      for (const id of always) if (!command.has(id)) inCore.add(id)
    },
  }
  const output = await rolldown({
    input: Object.fromEntries([
      ...entries.map((entry) => [entry, join(build, `${entry}.js`)]),
      ...programs.map((entry) => [entry, join(root, 'packages', 'base', 'build', `${entry}.js`)]),
    ]),
    platform: 'node',
    external: (id) =>
      id.startsWith('node:') || installed.some((each) => id === each || id.startsWith(`${each}/`)),
    logLevel: 'warn',
    // The bundler demands it where the files of a chunk are chosen.
    ...(core !== undefined && { preserveEntrySignatures: 'allow-extension' }),
    plugins: [findCore],
  })
  await output.write({
    dir: dist,
    format: 'esm',
    sourcemap: true,
    // Errors are told by the names of their classes.
    minify: {
      compress: { keepNames: { class: true, function: false } },
      mangle: { keepNames: { class: true, function: false } },
      codegen: true,
    },
    chunkFileNames: 'chunks/[name]-[hash].js',
    ...(core !== undefined && {
      codeSplitting: {
        groups: [{ name: 'core', test: (id) => inCore.has(id) }],
        includeDependenciesRecursively: false,
      },
    }),
  })
  for (const path of plain) copy(join(build, path), join(dist, path))
  copyDeclarations({ entries: declared, build, base: join(root, 'packages', 'base', 'build'), dist })
  if (entries.includes('cli/main')) chmodSync(join(dist, 'cli', 'main.js'), 0o755)
}

/** The module and all that it imports, but for what it imports when it is wanted. */
function staticImports(context, entry) {
  const found = new Set([entry])
  for (const id of found) for (const each of context.getModuleInfo(id)?.importedIds ?? []) found.add(each)
  return found
}

function copy(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !/__pycache__|\.d\.ts$/.test(path) })
}

/** The console, into the package of the service: typed by the types of its client, each file beside its compressed forms. */
async function buildConsole() {
  const folder = join(root, 'packages', 'console')
  const { status } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  const { build } = await import('vite')
  await build({
    root: folder,
    configFile: join(folder, 'vite.config.ts'),
    logLevel: 'warn',
    mode: 'production',
  })
  await compressFiles(join(root, 'packages', 'server', 'dist', 'console', 'assets'))
}

/** The types of the service's client, from the description that the service gives of itself. */
async function writeClientTypes() {
  const [build, dist] = ['build', 'dist'].map((tree) => join(root, 'packages', 'server', tree, 'http'))
  const load = async (name) => await import(pathToFileURL(join(build, `${name}.js`)).href)
  const [{ addApiRoutes }, { createRouter }, { describeApi }] = await Promise.all(
    ['api-routes', 'router', 'openapi-document'].map(load),
  )
  const document = describeApi(addApiRoutes(createRouter()), { version: '', publicUrl: 'http://127.0.0.1' })
  writeFileSync(join(dist, 'client.d.ts'), clientTypes(document))
}
