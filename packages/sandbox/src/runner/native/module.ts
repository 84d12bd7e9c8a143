import type { PyodideModule } from '../pyodide-module.ts'

/** The parts of Emscripten's dynamic loader that keeping and restoring native libraries touches. */
export interface LoaderModule extends PyodideModule {
  /** What the binary of Python itself exports, as WebAssembly gave it. */
  readonly mainExports: WebAssembly.Exports
  readonly wasmTable: WebAssembly.Table
  /** Addresses of symbols that libraries share: "global offset table". */
  readonly GOT: Record<string, WebAssembly.Global>
  readonly LDSO: {
    readonly loadedLibsByName: Record<string, LoadedLibrary>
    readonly loadedLibsByHandle: Record<number, LoadedLibrary>
  }
  /** Where each library was put, in the order of loading; noted by our edit of the loader. */
  libraryPlaces?: LibraryPlace[]
  readonly addFunction: (fn: (...args: never) => unknown) => number
  readonly isInternalSym: (name: string) => boolean
  readonly relocateExports: (exports: WebAssembly.Exports, memoryBase: number) => WebAssembly.Exports
  readonly mergeLibSymbols: (exports: WebAssembly.Exports, name: string) => void
  readonly convertJsFunctionToWasm: (fn: unknown, signature: string) => (...args: never) => unknown
}

/** One library as the loader knows it. While it is loading, and for ever when that failed, `exports` is a text. */
export interface LoadedLibrary {
  readonly name: string
  refcount: number
  global: boolean
  readonly exports: WebAssembly.Exports | 'loading'
}

/** Where a library's data lie in memory, and its functions in the table. */
export interface LibraryPlace {
  readonly name: string
  readonly memoryBase: number
  readonly memoryBytes: number
  readonly tableBase: number
  readonly tableSize: number
  /** Names of the libraries that it asks for, as they stand in it. */
  readonly needed: readonly string[]
}
