import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MAX_LINES = 250

/** What the files of one folder, or one file at the top of `src/`, may import. */
interface Rule {
  /** Folders of the same package. Every folder may import itself. */
  readonly folders: readonly string[]
  /** npm packages and packages of ours: these, or all but those that are forbidden. */
  readonly packages: readonly string[] | { readonly but: readonly string[] }
  readonly node: boolean
}

const HTTP = ['hono', '@hono/node-server', '@hono/zod-openapi', 'express', 'fastify']
const BASE = ['async', 'disk', 'gate'].map((folder) => `agentchat-sandbox-base/${folder}`)
const anything = { but: [] }

/** What reads strangers' schemas and documents. It may take as long as it likes, so that it runs in a process of the gate. */
const GATED = ['ajv', 'yaml', '@readme/openapi-parser']
/** The ways into the gate: what takes time in proportion to what it reads, or asks another process. */
const DOORS = [
  'exact-json',
  'json-text',
  'json-value',
  'own-headers',
  'schema/schema-problem',
  'schema-gate',
  'document-gate',
].map((door) => `agentchat-sandbox-base/gate/${door}`)

/** The table of DESIGN section 4, by package and folder. A folder that is not here may not be. */
const RULES: Readonly<Record<string, Rule>> = {
  'base/async': { folders: [], packages: [], node: false },
  'base/disk': { folders: [], packages: [], node: true },
  // A leaf, but for what finds its own programs.
  'base/gate': { folders: ['disk'], packages: ['zod', ...GATED], node: true },
  'base/command': { folders: [], packages: ['commander', 'picocolors'], node: true },
  'sandbox/protocol': { folders: [], packages: ['zod'], node: false },
  'sandbox/runner': { folders: ['protocol'], packages: [], node: false },
  'sandbox/sandbox': { folders: ['protocol'], packages: { but: [...HTTP, 'commander'] }, node: true },
  'sandbox/cli': { folders: ['protocol', 'sandbox'], packages: { but: HTTP }, node: true },
  'agent/agent': { folders: [], packages: ['agentchat-sandbox', 'zod'], node: true },
  'agent/openai': { folders: ['agent'], packages: ['eventsource-parser', 'zod'], node: true },
  'agent/langchain': {
    folders: ['agent'],
    packages: ['@langchain/core', '@langchain/langgraph', 'langchain', 'agentchat-sandbox', 'zod'],
    node: true,
  },
  'mcp/mcp': { folders: [], packages: { but: [...HTTP, 'commander'] }, node: true },
  'mcp/local': { folders: ['mcp'], packages: ['agentchat-sandbox'], node: true },
  'mcp/cli': { folders: ['mcp', 'local'], packages: { but: HTTP }, node: true },
  'server/db': { folders: [], packages: { but: [...HTTP, 'agentchat-sandbox'] }, node: true },
  'server/services': { folders: ['db', 'logger.ts'], packages: { but: HTTP }, node: true },
  'server/http': { folders: ['services', 'logger.ts'], packages: anything, node: true },
  'server/cli': {
    folders: ['db', 'services', 'http', 'config.ts', 'logger.ts'],
    packages: anything,
    node: true,
  },
  'server/config.ts': { folders: [], packages: ['zod'], node: true },
  'server/logger.ts': { folders: [], packages: ['pino'], node: true },
}

/**
 * The layers of `packages/sandbox/src/sandbox`, lowest first: a folder reaches those before it and none after it. What
 * stands at the top of the folder and not here is above them all.
 */
const LAYERS = [
  'errors',
  'listeners.ts',
  'closing.ts',
  'parse-options.ts',
  'places.ts',
  'result',
  'host',
  'files',
  'permissions',
  'wall',
  'tools',
  'bridge',
  'worker',
  'packages',
  'image',
  'workers',
  'execution',
  'seal',
  'store',
  'session',
]

/** Whoever reads the environment; the commands, their terminal and, as the library promises it, the cache folder. */
const READS_ENVIRONMENT =
  /^packages\/(\w+\/src\/cli\/|base\/src\/command\/|server\/src\/config\.ts$|sandbox\/src\/sandbox\/host\/host-environment\.ts$)/

interface Import {
  readonly specifier: string
  /** Gone after compilation: `import type` and `export type`. */
  readonly typeOnly: boolean
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length), entry.name))
    .sort()
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const PACKAGES = readdirSync(join(ROOT, 'packages')).sort()
const everything = PACKAGES.flatMap((name) => filesBelow(`packages/${name}/src`)).filter(
  (file) => !file.includes('__pycache__'),
)
const sources = everything.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))

/** The imports of a file's text, without a parser: Biome's format leaves few ways to write one. */
function importsOf(text: string): Import[] {
  const names = String.raw`(?:\*(?:\s+as\s+[\w$]+)?|[\w$]+(?:\s*,\s*\{[^}]*\})?|\{[^}]*\})\s+from\s+`
  const statement = new RegExp(
    String.raw`^\s*(?:import|export)\s+(type\s+)?(?:${names})?['"]([^'"]+)['"]`,
    'gm',
  )
  const call = /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g
  return [
    ...[...text.matchAll(statement)].map(([, type, specifier = '']) => ({
      specifier,
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(call)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ]
}

/** `packages/sandbox/src/protocol/frames.ts` lies in `sandbox/protocol`, `packages/server/src/logger.ts` in `server/logger.ts`. */
function folderOf(file: string): string {
  const [, name = '', , folder = ''] = file.split('/')
  return `${name}/${folder}`
}

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** `agentchat-sandbox-base/async/deferred` counts as its room, `agentchat-sandbox-base/async`; others by their package. */
const sourceOf = (specifier: string): string =>
  specifier.startsWith('agentchat-sandbox-base/') ? specifier.split('/', 2).join('/') : packageOf(specifier)

/** What is wrong with one import of a file, or null. */
function problemOf(file: string, { specifier, typeOnly }: Import): string | null {
  const from = folderOf(file)
  const rule = RULES[from]
  if (rule === undefined) return 'lies in no folder of the table'
  if (specifier.startsWith('node:')) return rule.node ? null : 'no node: here'
  if (specifier.startsWith('agentchat-sandbox-base/gate/') && !DOORS.includes(specifier))
    return 'is no door of the gate'
  if (!specifier.startsWith('.')) return outsideProblem(from, rule, sourceOf(specifier))
  const target = posix.join(dirname(file), specifier)
  const [own = ''] = from.split('/')
  if (!target.startsWith(`packages/${own}/src/`))
    return 'leaves its package: another one is reached by its name'
  if (!everything.includes(target)) return 'names no file'
  const to = folderOf(target)
  if (to === from) return null
  if (!rule.folders.includes(to.slice(own.length + 1))) return `${from} may not import ${to}`
  if (from === 'sandbox/runner' && !typeOnly && target !== 'packages/sandbox/src/protocol/frames.ts')
    return 'at run time only the framing: another file may have imports that Deno is not allowed to follow'
  return null
}

function outsideProblem(from: string, { packages }: Rule, source: string): string | null {
  if (source === 'agentchat-sandbox-base/command')
    return /\/cli$/.test(from) ? null : 'only commands have a command line'
  if (BASE.includes(source))
    return /^base\/|\/(protocol|runner)$/.test(from) ? `${from} is below "${source}"` : null
  if (GATED.includes(source) && from !== 'base/gate') return 'only the gate reads what strangers wrote'
  const allowed = 'but' in packages ? !packages.but.includes(source) : packages.includes(source)
  return allowed ? null : `no package "${source}" here`
}

test('importsOf() sees every way to import', () => {
  const text = `
import './a.ts'
import b from './b.ts'
import type { C } from './c.ts'
import {
  d,
  type D,
} from './d.ts'
import * as e from 'e'
import f, { g } from "f"
export * from './g.ts'
export type { H } from './h.ts'
const { i } = await import('./i.ts')
/**
 * import { no } from 'comment'
 */
export const from = 'no'`
  expect(importsOf(text).map(({ specifier, typeOnly }) => `${typeOnly ? 'type ' : ''}${specifier}`)).toEqual([
    './a.ts',
    './b.ts',
    'type ./c.ts',
    './d.ts',
    'e',
    'f',
    './g.ts',
    'type ./h.ts',
    './i.ts',
  ])
})

test.each([
  ['sandbox/src/runner/main.ts', 'node:fs', 'no node'],
  ['sandbox/src/runner/main.ts', 'zod', 'no package'],
  ['sandbox/src/runner/main.ts', '../protocol/runner-messages.ts', 'framing'],
  ['sandbox/src/runner/main.ts', '../sandbox/errors/errors.ts', 'may not import'],
  ['sandbox/src/runner/main.ts', 'agentchat-sandbox-base/async/deferred', 'is below'],
  ['sandbox/src/sandbox/sandbox.ts', '../cli/main.ts', 'may not import'],
  ['sandbox/src/sandbox/sandbox.ts', '../../../../bench/main.ts', 'leaves its package'],
  ['sandbox/src/sandbox/sandbox.ts', '../../../base/src/async/deferred.ts', 'leaves its package'],
  ['sandbox/src/sandbox/workers/pool.ts', 'agentchat-sandbox-base/command/terminal', 'only commands'],
  ['base/src/async/deferred.ts', 'agentchat-sandbox', 'no package'],
  ['base/src/gate/json-text.ts', '../async/deferred.ts', 'may not import'],
  ['sandbox/src/sandbox/workers/pool.ts', 'ajv/dist/2020.js', 'only the gate'],
  ['server/src/services/tools.ts', 'yaml', 'only the gate'],
  ['server/src/cli/main.ts', '@readme/openapi-parser', 'only the gate'],
  ['server/src/services/tools.ts', 'agentchat-sandbox-base/gate/schema/compile-schema', 'no door'],
  ['server/src/db/index.ts', 'agentchat-sandbox', 'no package'],
  ['server/src/http/app.ts', '../db/index.ts', 'may not import'],
  ['server/src/services/tools.ts', 'hono', 'no package'],
  ['sandbox/src/new/file.ts', './other.ts', 'no folder of the table'],
])('problemOf() finds that %s imports %s', (file, specifier, problem) => {
  expect(problemOf(`packages/${file}`, { specifier, typeOnly: false })).toContain(problem)
})

test('every file imports what its folder may import', () => {
  const problems = sources.flatMap((file) =>
    importsOf(read(file)).flatMap((one) => {
      const problem = problemOf(file, one)
      return problem === null ? [] : [`${file}: '${one.specifier}': ${problem}`]
    }),
  )
  expect(sources.length).toBeGreaterThan(40)
  expect(problems).toEqual([])
})

/** The files of the repository that a file reaches, types included. */
const reached = new Map(
  sources.map((file) => [
    file,
    importsOf(read(file))
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => posix.join(dirname(file), specifier))
      .filter((target) => sources.includes(target)),
  ]),
)

/** The same, with what is reached across packages by the name of a file: only `base` has such names. */
const reachedByName = new Map(
  [...reached].map(([file, targets]) => [
    file,
    [
      ...targets,
      ...importsOf(read(file))
        .filter(({ specifier }) => specifier.startsWith('agentchat-sandbox-base/'))
        .map(({ specifier }) => `${specifier.replace('agentchat-sandbox-base/', 'packages/base/src/')}.ts`),
    ],
  ]),
)

/** Circles: files that reach themselves, each circle as a list of its files. Tarjan's algorithm. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const number = new Map<string, number>()
  const lowest = new Map<string, number>()
  const path: string[] = []
  const circles: string[][] = []
  const visit = (file: string) => {
    number.set(file, number.size)
    lowest.set(file, number.size - 1)
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!number.has(next)) visit(next)
      if (path.includes(next))
        lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(next) ?? 0, number.get(next) ?? 0))
    }
    if (lowest.get(file) !== number.get(file)) return
    const circle = path.splice(path.indexOf(file))
    if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle)
  }
  for (const file of graph.keys()) if (!number.has(file)) visit(file)
  return circles
}

test('circlesIn() finds circles, whatever leads to them', () => {
  const graph = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', []],
    ['e', ['e']],
  ])
  expect(circlesIn(graph)).toEqual([['b', 'c'], ['e']])
})

/** Where a file of the sandbox stands among its layers; above them all by default. */
function layerOf(file: string): number {
  const [, folder = ''] = /^packages\/sandbox\/src\/sandbox\/([^/]+)/.exec(file) ?? []
  const layer = LAYERS.indexOf(folder)
  return layer < 0 ? LAYERS.length : layer
}

test('layerOf() places folders, files at the top, and what is above them', () => {
  const inSandbox = (name: string) => layerOf(`packages/sandbox/src/sandbox/${name}`)
  expect(inSandbox('errors/errors.ts')).toBe(0)
  expect(inSandbox('permissions/grants.ts')).toBeLessThan(inSandbox('wall/launch.ts'))
  expect(inSandbox('sandbox.ts')).toBe(LAYERS.length)
})

test('no layer of the sandbox reaches one above it, types included', () => {
  const within = sources.filter((file) => file.startsWith('packages/sandbox/src/sandbox/'))
  const folders = new Set(within.map((file) => file.split('/')[4] ?? ''))
  expect([...folders].filter((name) => !name.endsWith('.ts') && !LAYERS.includes(name))).toEqual([])
  expect(LAYERS.filter((name) => !folders.has(name))).toEqual([])
  const upwards = within.flatMap((file) =>
    (reached.get(file) ?? [])
      .filter((target) => within.includes(target) && layerOf(target) > layerOf(file))
      .map((target) => `${file}: ${target}`),
  )
  expect(upwards).toEqual([])
})

test('docs/architecture.md has the layers in their order', () => {
  const rows = [...read('docs/architecture.md').matchAll(/^\| `([a-z]+)` \|/gm)].map(([, folder]) => folder)
  expect(rows).toEqual(LAYERS.filter((name) => !name.endsWith('.ts')))
})

test('no files go round in a circle, types included', () => {
  expect(circlesIn(reached)).toEqual([])
})

test('no file is longer than the measure of the house', () => {
  // Data that a script makes is no code that somebody reads.
  const programs = everything.filter((file) => file.endsWith('.py') && !file.endsWith('_data.py'))
  const long = [...sources, ...programs]
    .map((file) => `${file}: ${read(file).trimEnd().split('\n').length} lines`)
    .filter((line) => Number(/(\d+) lines$/.exec(line)?.[1]) > MAX_LINES)
  expect(long).toEqual([])
})

/** Small files that only one other file needs, and why each stands by itself. */
const SMALL = new Map([
  ['packages/base/src/gate/document/path-at-line.ts', 'has a table of its own as its test'],
  [
    'packages/sandbox/src/cli/doctor/doctor-command.ts',
    'is loaded with the command, its work only when it is asked for',
  ],
  ['packages/sandbox/src/runner/memory-files/names.ts', 'is a limit of its own'],
  ['packages/sandbox/src/sandbox/worker/worker-state.ts', 'is one union, beside a file of full length'],
  ['packages/server/src/cli/program.ts', 'is the command without its start, for its tests'],
  ['packages/server/src/db/new-id.ts', 'is needed by many, by way of the index of the folder'],
  ['packages/server/src/db/queries/sealed.ts', 'asks several tables one question'],
  ['packages/server/src/db/tables/audit.ts', 'is one area of tables'],
  ['packages/server/src/db/tables/models.ts', 'is one area of tables'],
  ['packages/server/src/http/byte-range.ts', 'has a table of its own as its test'],
  ['packages/server/src/http/client-options.ts', 'is published as it is, for readers of the declarations'],
  ['packages/server/src/services/health.ts', 'is a use case'],
  [
    'packages/server/src/services/page.ts',
    'hands a type of the database on to routes, which may not import that',
  ],
  ['packages/server/src/services/webhooks/read-delivery.ts', 'is a use case'],
  ['packages/server/src/services/webhooks/sign-message.ts', 'has the vectors of its standard as its test'],
])

test('small files that one other file needs are folded into it, but for those with a reason', () => {
  const importers = new Map<string, Set<string>>()
  for (const [file, targets] of reachedByName)
    for (const target of targets) importers.set(target, (importers.get(target) ?? new Set()).add(file))
  const small = sources.filter(
    (file) => importers.get(file)?.size === 1 && read(file).trimEnd().split('\n').length < 30,
  )
  expect(small.sort()).toEqual([...SMALL.keys()].sort())
  expect(SMALL.size).toBeLessThanOrEqual(15)
})

test('no file is a drawer for everything', () => {
  const drawer = /(^|\/)(utils?|common|helpers?|misc|shared)(\/|\.|$)|\/(types|constants)\.ts$/
  expect(everything.filter((file) => drawer.test(file))).toEqual([])
})

test('only the command, its configuration and the cache folder read the environment', () => {
  const readers = sources.filter((file) =>
    /\bprocess\s*\.\s*env\b|\bprocess\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|from 'node:process'/.test(
      read(file),
    ),
  )
  expect(readers.filter((file) => !READS_ENVIRONMENT.test(file))).toEqual([])
})

test('nothing outside the command ends the process or prints', () => {
  const host = sources.filter(
    (file) => !/^packages\/(\w+\/src\/(cli|runner)|base\/src\/command)\//.test(file),
  )
  expect(
    host.filter((file) =>
      /^(?!\s*\*).*\b(process\.exit|console\.(log|error|warn|info|debug))\(/m.test(read(file)),
    ),
  ).toEqual([])
})

describe.each(PACKAGES)('packages/%s', (name) => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read(`packages/${name}/package.json`))
  const imported = new Set(
    sources
      .filter((file) => file.startsWith(`packages/${name}/`))
      .flatMap((file) => importsOf(read(file)))
      .filter(({ specifier }) => !/^(\.|node:)/.test(specifier))
      .map(({ specifier }) => packageOf(specifier)),
  )

  test('names every package that it imports', () => {
    const named = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)])
    expect([...imported].filter((each) => !named.has(each))).toEqual([])
  })

  test('imports every package that it depends on', () => {
    // These two are found by their path: a binary, and files that another process reads.
    const started = ['deno', 'pyodide']
    expect(
      Object.keys(dependencies).filter((each) => !imported.has(each) && !started.includes(each)),
    ).toEqual([])
  })
})

test('no promise of the library is thrown away with its failure', () => {
  // `void promise` is silent until it fails, and then ends the process of the host: `inBackground` says who is told.
  const thrown = /\bvoid +[\w(]/
  const files = sources.filter(
    (file) => /^packages\/(base|sandbox)\/src\//.test(file) && !file.includes('/runner/'),
  )
  expect(files.length).toBeGreaterThan(100)
  expect(
    files.filter((file) => thrown.test(read(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))),
  ).toEqual([])
})
