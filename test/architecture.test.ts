import { describe, expect, test } from 'vitest'
import { problemOf } from './fixtures/import-problem.ts'
import { LAYERS, LONG, READS_ENVIRONMENT, SMALL } from './fixtures/layout.ts'
import {
  circlesIn,
  everything,
  filesBelow,
  importsOf,
  PACKAGES,
  packageOf,
  reached,
  reachedByName,
  read,
  sources,
} from './fixtures/sources.ts'

const MAX_LINES = 250

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
  ['console/src/api/client.ts', 'agentchat-sandbox-server', 'public client alone'],
  ['console/src/ui/parts.tsx', '../playground/run.ts', 'may not import'],
  ['console/src/app/app.tsx', 'node:fs', 'no node'],
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

const linesOf = (file: string): number => read(file).trimEnd().split('\n').length

test('no file is longer than the measure of the house, tests among them, but for those with a reason', () => {
  const files = [...PACKAGES.flatMap((name) => filesBelow(`packages/${name}`)), ...filesBelow('test')]
  const written = files.filter(
    (file) =>
      /^(packages\/\w+\/(src|test|verifier)|test)\//.test(file) &&
      /\.(tsx?|mjs|py)$/.test(file) &&
      // Data that a script makes is no code that somebody reads.
      !file.endsWith('_data.py'),
  )
  expect(written).toEqual(expect.arrayContaining(sources))
  expect(written.filter((file) => file.endsWith('.test.ts')).length).toBeGreaterThan(200)
  expect(written.filter((file) => linesOf(file) > MAX_LINES)).toEqual([...LONG.keys()])
})

test('small files that one other file needs are folded into it, but for those with a reason', () => {
  const importers = new Map<string, Set<string>>()
  for (const [file, targets] of reachedByName)
    for (const target of targets) importers.set(target, (importers.get(target) ?? new Set()).add(file))
  const small = sources.filter(
    (file) =>
      // A part of a page is as small as what it shows.
      !file.startsWith('packages/console/') && importers.get(file)?.size === 1 && linesOf(file) < 30,
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

test('every package that is published is built before it is packed', () => {
  const manifests = PACKAGES.map((name) => JSON.parse(read(`packages/${name}/package.json`)))
  const published = manifests.filter((manifest) => manifest.private !== true)
  expect(published.length).toBeGreaterThan(3)
  for (const { name, scripts } of published)
    expect(scripts?.prepack, name).toBe('node ../../scripts/build.mjs')
})
