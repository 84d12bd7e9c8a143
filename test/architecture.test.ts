import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MAX_LINES = 250

/** What the files of one folder, or one file at the top of `src/`, may import. */
interface Rule {
  /** Our own folders. `sandbox` is its index alone, except to the command. Every folder may import itself. */
  readonly folders: readonly string[]
  /** npm packages: these, or all but those that are forbidden. */
  readonly packages: readonly string[] | { readonly but: readonly string[] }
  readonly node: boolean
}

const HTTP = ['hono', '@hono/node-server', '@hono/zod-openapi', 'express', 'fastify']
const anything = { but: [] }

/** The table of DESIGN section 4. A folder that is not here may not be. */
const RULES: Readonly<Record<string, Rule>> = {
  protocol: { folders: [], packages: ['zod'], node: false },
  async: { folders: [], packages: [], node: false },
  runner: { folders: ['protocol'], packages: [], node: false },
  sandbox: { folders: ['protocol', 'async'], packages: { but: HTTP }, node: true },
  agent: { folders: ['sandbox', 'async', 'logger.ts'], packages: anything, node: true },
  mcp: { folders: ['sandbox', 'async', 'logger.ts'], packages: anything, node: true },
  langchain: { folders: ['sandbox', 'async'], packages: anything, node: true },
  db: { folders: [], packages: { but: HTTP }, node: true },
  services: { folders: ['sandbox', 'db', 'async', 'logger.ts'], packages: { but: HTTP }, node: true },
  server: {
    folders: ['services', 'agent', 'mcp', 'sandbox', 'async', 'logger.ts'],
    packages: anything,
    node: true,
  },
  cli: {
    folders: [
      'protocol',
      'async',
      'sandbox',
      'agent',
      'mcp',
      'langchain',
      'db',
      'services',
      'server',
      'config.ts',
      'logger.ts',
    ],
    packages: anything,
    node: true,
  },
  'config.ts': { folders: [], packages: ['zod'], node: true },
  'logger.ts': { folders: [], packages: anything, node: true },
}

/** Whoever reads the environment; the command, its configuration and, as the library promises it, the cache folder. */
const READS_ENVIRONMENT = /^src\/(cli\/|config\.ts$|sandbox\/host-environment\.ts$)/

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
const everything = filesBelow('src').filter((file) => !file.includes('__pycache__'))
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

/** `src/sandbox/pool.ts` lies in `sandbox`, `src/logger.ts` in `logger.ts`. */
const folderOf = (file: string): string => file.split('/')[1] ?? ''

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** What is wrong with one import of a file, or null. */
function problemOf(file: string, { specifier, typeOnly }: Import): string | null {
  const from = folderOf(file)
  const rule = RULES[from]
  if (rule === undefined) return 'lies in no folder of the table'
  if (specifier.startsWith('node:')) return rule.node ? null : 'no node: here'
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier)
    const allowed = 'but' in rule.packages ? !rule.packages.but.includes(name) : rule.packages.includes(name)
    return allowed ? null : `no package "${name}" here`
  }
  const target = posix.join(dirname(file), specifier)
  if (!target.startsWith('src/')) return 'leaves src/'
  if (!everything.includes(target)) return 'names no file'
  const to = folderOf(target)
  if (to === from) return null
  if (!rule.folders.includes(to)) return `${from} may not import ${to}`
  if (to === 'sandbox' && from !== 'cli' && target !== 'src/sandbox/index.ts')
    return 'only the index of sandbox'
  if (from === 'runner' && !typeOnly && target !== 'src/protocol/frames.ts')
    return 'at run time only the framing: another file may have imports that Deno is not allowed to follow'
  return null
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
  ['src/runner/main.ts', 'node:fs', 'no node'],
  ['src/runner/main.ts', 'zod', 'no package'],
  ['src/runner/main.ts', '../protocol/runner-messages.ts', 'framing'],
  ['src/runner/main.ts', '../sandbox/errors.ts', 'may not import'],
  ['src/sandbox/pool.ts', '../cli/main.ts', 'may not import'],
  ['src/sandbox/pool.ts', '../../bench/main.ts', 'leaves src'],
  ['src/protocol/frames.ts', '../async/deferred.ts', 'may not import'],
  ['src/server/app.ts', '../sandbox/pool.ts', 'only the index'],
  ['src/services/tools.ts', 'hono', 'no package'],
  ['src/new/file.ts', './other.ts', 'no folder of the table'],
])('problemOf() finds that %s imports %s', (file, specifier, problem) => {
  expect(problemOf(file, { specifier, typeOnly: false })).toContain(problem)
})

test('every file of src/ imports what its folder may import', () => {
  const problems = sources.flatMap((file) =>
    importsOf(read(file)).flatMap((one) => {
      const problem = problemOf(file, one)
      return problem === null ? [] : [`${file}: '${one.specifier}': ${problem}`]
    }),
  )
  expect(sources.length).toBeGreaterThan(40)
  expect(problems).toEqual([])
})

test('no file of src/ is longer than the measure of the house', () => {
  const long = [...sources, ...everything.filter((file) => file.endsWith('.py'))]
    .map((file) => `${file}: ${read(file).trimEnd().split('\n').length} lines`)
    .filter((line) => Number(/(\d+) lines$/.exec(line)?.[1]) > MAX_LINES)
  expect(long).toEqual([])
})

test('no file of src/ is a drawer for everything', () => {
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
  const host = sources.filter((file) => !/^src\/(cli|runner)\//.test(file))
  expect(
    host.filter((file) =>
      /^(?!\s*\*).*\b(process\.exit|console\.(log|error|warn|info|debug))\(/m.test(read(file)),
    ),
  ).toEqual([])
})

test('every package that src/ imports is a dependency of ours', () => {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(read('package.json'))
  const ours = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
  const missing = sources.flatMap((file) =>
    importsOf(read(file))
      .filter(({ specifier }) => !/^(\.|node:)/.test(specifier) && !ours.has(packageOf(specifier)))
      .map(({ specifier }) => `${file}: ${specifier}`),
  )
  expect(missing).toEqual([])
})
