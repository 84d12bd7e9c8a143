import type { Interpreter } from '../interpreter.ts'
import { captureLibraries, tableLength } from '../native/capture.ts'
import { offerMainSymbols } from '../native/main-symbols.ts'
import type { LoaderModule } from '../native/module.ts'
import type { PyProxy } from '../pyodide-module.ts'
import { listFiles, writeFiles } from './image-files.ts'
import { PACKAGE_FILES, PACKAGE_INDEX, type PackageIndex } from './packaged-image.ts'

/** The packages of an image that is built. */
export interface WheelsToInstall {
  readonly wheels: readonly WheelFile[]
  /** Python that is run once all is imported, or null. */
  readonly warm: string | null
  /** Bytes that all wheels together may take when they are unpacked. */
  readonly maxBytes: number
}

/** A wheel on disk, whose hash has been checked. */
export interface WheelFile {
  readonly path: string
  readonly fileName: string
  /** Modules to import; null: whatever lies at the top of the wheel; empty: none. */
  readonly imports: readonly string[] | null
}

/** What the host is told about a build; it trusts none of it. */
export interface BuildReport {
  readonly imported: readonly string[]
  readonly notImported: readonly { readonly module: string; readonly reason: string }[]
  readonly unpackedBytes: number
}

/** Why a build failed, for the host to tell: a wheel that is no good, or code that raised. */
export interface BuildFailure {
  readonly wheel: string | null
  readonly reason: string
}

/** Packages that lie in Python's file system and are not imported yet. */
export interface UnpackedPackages {
  importAll(cell: Readonly<Record<string, PyProxy>>): Promise<void>
  /** Writes what the heap does not hold to the folder of the image; `writeHeap` writes the heap. */
  write(writeHeap: () => void): void
}

/** Unpacks the wheels into `site-packages`. */
export function unpackWheels(
  { module, cell }: Target,
  plan: WheelsToInstall,
  output: string,
): UnpackedPackages {
  const loader = module as LoaderModule
  offerMainSymbols(loader)
  const tableStart = tableLength(loader)
  const before = listFiles(module.FS)
  const refuse: Refuse = (failure) => {
    Deno.writeTextFileSync(`${output}failure.json`, JSON.stringify(failure))
    Deno.exit(1)
  }
  const { names, unpackedBytes } = unpackAll({ module, cell }, plan, refuse)
  const imported: string[] = []
  const notImported: { module: string; reason: string }[] = []
  return {
    async importAll(cell) {
      for (const [wheel, modules] of names) {
        const failures = await importModules(cell, modules, imported)
        notImported.push(...failures)
        const first = failures[0]
        if (first !== undefined && failures.length === modules.length)
          refuse({ wheel, reason: `it cannot be imported: ${first.reason}` })
      }
      const failure = plan.warm === null ? null : await runCell(cell, plan.warm)
      if (failure !== null) refuse({ wheel: null, reason: `the warm-up code failed: ${failure}` })
    },
    write(writeHeap) {
      try {
        writeHeap()
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error)
        const reason = `the packages hold an object of JavaScript, which an image cannot keep (${cause})`
        refuse({ wheel: null, reason: cause.includes('serialize') ? reason : cause })
      }
      const index: PackageIndex = {
        native: captureLibraries(loader, tableStart),
        ...writeFiles(module.FS, before, `${output}${PACKAGE_FILES}`),
      }
      Deno.writeTextFileSync(`${output}${PACKAGE_INDEX}`, JSON.stringify(index))
      const report: BuildReport = { imported, notImported, unpackedBytes }
      Deno.writeTextFileSync(`${output}report.json`, JSON.stringify(report))
    },
  }
}

/** Ends the program with a word for the host. */
type Refuse = (failure: BuildFailure) => never

interface Unpacked {
  /** Modules to import, by the name of the wheel. */
  readonly names: ReadonlyMap<string, readonly string[]>
  readonly unpackedBytes: number
}

/** A Python, and its module `agentchat.interpreter`. */
type Target = Pick<Interpreter, 'module' | 'cell'>

function unpackAll(
  { module: { API, FS }, cell }: Target,
  { wheels, maxBytes }: WheelsToInstall,
  refuse: Refuse,
): Unpacked {
  const { unpack } = cell.session as unknown as Record<string, PyProxy>
  const names = new Map<string, readonly string[]>()
  let left = maxBytes
  for (const { path, fileName, imports } of wheels) {
    FS.writeFile('/tmp/package.whl', Deno.readFileSync(path), { canOwn: true })
    const outcome = JSON.parse(unpack?.('/tmp/package.whl', API.sitePackages, left) as string) as
      | { readonly error: string }
      | { readonly bytes: number; readonly modules: readonly string[] }
    FS.unlink('/tmp/package.whl')
    if ('error' in outcome) return refuse({ wheel: fileName, reason: outcome.error })
    left -= outcome.bytes
    names.set(fileName, imports ?? outcome.modules)
  }
  return { names, unpackedBytes: maxBytes - left }
}

async function importModules(
  cell: Readonly<Record<string, PyProxy>>,
  modules: readonly string[],
  imported: string[],
): Promise<{ module: string; reason: string }[]> {
  const failures: { module: string; reason: string }[] = []
  for (const module of modules) {
    const reason = await runCell(cell, `import ${module}`)
    if (reason === null) imported.push(module)
    else failures.push({ module, reason })
  }
  return failures
}

/** Runs a cell; gives null, or what it raised. */
async function runCell(cell: Readonly<Record<string, PyProxy>>, code: string): Promise<string | null> {
  const text = (await cell.run_cell?.callPromising(code, undefined, '[]', 1000, '{}')) as string
  const { error } = JSON.parse(`{${text}}`) as { error: { name: string; message: string } | null }
  return error === null ? null : `${error.name}: ${error.message}`.slice(0, 1000)
}
