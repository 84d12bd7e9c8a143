import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DenoBinary } from '../host/deno-binary.ts'
import { editsId, type PyodidePackage } from '../host/pyodide-package.ts'
import { wasmEdits } from '../host/pyodide-wasm.ts'
import { runnerFile, runnerPythonFolder } from '../host/runner-files.ts'
import type { RecipeWheel } from '../packages/wheel-file.ts'

/** What an image is made of. */
export interface ImageRecipe {
  readonly name: string
  /** Modules that are imported before the heap is kept, so that importing them costs nothing later. */
  readonly modules: readonly string[]
  /** Packages that are in the image and imported, or null. */
  readonly packages: PackageSet | null
}

/** The wheels of an image. */
export interface PackageSet {
  readonly wheels: readonly RecipeWheel[]
  /** Python that is run when all is imported, or null. */
  readonly warm: string | null
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

export const BASE_RECIPE: ImageRecipe = { name: 'base', modules: BASE_MODULES, packages: null }

/** Two images with the same key are the same: everything that goes into one is in it. */
export function imageKey(recipe: ImageRecipe, deno: DenoBinary, pyodide: PyodidePackage): string {
  const hash = createHash('sha256')
  const { name, modules, packages } = recipe
  const wheels = packages?.wheels.map(({ sha256, requested }) => [sha256, requested]) ?? []
  const contents = [name, modules, wheels, packages?.warm ?? null]
  hash.update(JSON.stringify([contents, deno.version, process.arch, pyodide.version, editsId(), wasmEdits()]))
  for (const file of runnerFiles(packages !== null))
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return `${recipe.name}-${hash.digest('hex').slice(0, 24)}`
}

/** The programs that decide what is in an image; those of its packages only where it has some. */
const PROGRAMS = ['build-image', 'emscripten-settings', 'error-texts', 'heap-image', 'interpreter']
const PACKAGE_PROGRAMS = [
  'build-packages',
  'native/capture',
  'native/main-symbols',
  'native/restore',
  'packages/image-files',
  'packages/install',
  'packages/object-table',
  'packages/packaged-image',
  'session/javascript-objects',
]

function runnerFiles(withPackages: boolean): string[] {
  const python = runnerPythonFolder()
  const sources = readdirSync(python, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.py'),
  )
  const programs = [...PROGRAMS, ...(withPackages ? PACKAGE_PROGRAMS : [])].map(runnerFile)
  return [...programs, ...sources.sort().map((name) => join(python, name))]
}
