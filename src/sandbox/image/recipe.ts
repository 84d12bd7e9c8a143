import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DenoBinary } from '../deno-binary.ts'
import { EDITS_ID, type PyodidePackage } from './pyodide-package.ts'

/** What an image is made of. */
export interface ImageRecipe {
  readonly name: string
  /** Modules that are imported before the heap is kept, so that importing them costs nothing later. */
  readonly modules: readonly string[]
}

/** What programs import most often. Each one costs every worker some memory. */
const BASE_MODULES = [
  'abc',
  'asyncio',
  'base64',
  'collections.abc',
  'copy',
  'csv',
  'dataclasses',
  'datetime',
  'decimal',
  'enum',
  'functools',
  'hashlib',
  'heapq',
  'io',
  'itertools',
  'json',
  'math',
  'operator',
  'pathlib',
  'random',
  're',
  'secrets',
  'statistics',
  'string',
  'tempfile',
  'textwrap',
  'traceback',
  'typing',
  'uuid',
]

export const BASE_RECIPE: ImageRecipe = { name: 'base', modules: BASE_MODULES }

/** The folder of the runner and the ending of its files: `src/` and `.ts`, or `dist/` and `.js`. */
export function runnerProgram(name: 'main' | 'build-image'): string {
  return fileURLToPath(new URL(`../../runner/${name}${extname(import.meta.url)}`, import.meta.url))
}

/** The Python half of the runner. */
export function runnerPythonFolder(): string {
  return fileURLToPath(new URL('../../runner/python', import.meta.url))
}

/** Two images with the same key are the same: everything that goes into one is in it. */
export function imageKey(recipe: ImageRecipe, deno: DenoBinary, pyodide: PyodidePackage): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([recipe, deno.version, process.arch, pyodide.version, EDITS_ID]))
  for (const file of runnerFiles()) hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return `${recipe.name}-${hash.digest('hex').slice(0, 24)}`
}

function runnerFiles(): string[] {
  const python = runnerPythonFolder()
  const sources = readdirSync(python, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.py'),
  )
  const extension = extname(import.meta.url)
  const programs = ['build-image', 'emscripten-settings', 'heap-image', 'interpreter'].map((name) =>
    fileURLToPath(new URL(`../../runner/${name}${extension}`, import.meta.url)),
  )
  return [...programs, ...sources.sort().map((name) => join(python, name))]
}
