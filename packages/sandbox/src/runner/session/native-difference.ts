import { captureLibraries } from '../native/capture.ts'
import type { LoaderModule } from '../native/module.ts'
import { compileLibraries, endOfData, restoreMore } from '../native/restore.ts'
import type { NativeLibrary, NativeState } from '../native/state.ts'
import type { PyodideModule } from '../pyodide-module.ts'

const FOREIGN = 'a function for C code (ctypes)'

/** What of the native libraries is not as it is in a fresh worker of the same image. */
export interface NativeDifference {
  readonly state: NativeState
  /** Libraries that `state` does not hold because they are those of the image; its numbers count from behind them. */
  readonly known: number
  /** Libraries of the image that Python has opened once more, or in another way. */
  readonly reopened: readonly NativeLibrary[]
  /** Places of the function table that are free. */
  readonly free: readonly number[]
}

/** The native libraries of a fresh worker, to tell what a session has added. */
export class FreshLibraries {
  readonly #module: LoaderModule
  readonly #tableLength: number
  readonly #free: readonly number[]
  readonly #offsets: ReadonlyMap<string, number>
  readonly #libraries: readonly string[]

  constructor(module: PyodideModule) {
    this.#module = module as LoaderModule
    this.#tableLength = module.wasmTable.length
    this.#free = [...module.freeTableIndexes]
    this.#offsets = new Map(offsetsOf(this.#module))
    const { libraries } = captureLibraries(this.#module, this.#tableLength)
    this.#libraries = libraries.map((library) => JSON.stringify(library))
  }

  /** @throws Error naming what cannot be kept */
  capture(): NativeDifference {
    const module = this.#module
    const all = this.#captureAll()
    const known = this.#libraries.length
    const before = all.libraries.slice(0, known)
    if (this.#libraries.some((text, index) => nameIn(text) !== before[index]?.name))
      throw new Error('a native library of the image that was closed')
    return {
      state: {
        ...all,
        libraries: all.libraries.slice(known),
        offsets: Object.fromEntries(
          offsetsOf(module).filter(([name, value]) => this.#offsets.get(name) !== value),
        ),
      },
      known,
      reopened: before.filter((library, index) => JSON.stringify(library) !== this.#libraries[index]),
      free: [...module.freeTableIndexes],
    }
  }

  /**
   * Puts the libraries of a session into this worker, which must be fresh and have the files of the session. The heap has
   * to be restored after this. Gives the end of the memory that was written to.
   */
  async restore({ state, known, reopened, free }: NativeDifference): Promise<number> {
    const module = this.#module
    if (known !== this.#libraries.length || state.tableStart !== this.#tableLength)
      throw new Error('the worker has other native libraries than the session began with')
    const compiled = await compileLibraries(
      state,
      (path) => module.FS.readFile(path) as Uint8Array<ArrayBuffer>,
    )
    restoreMore(module, { state, reopened }, compiled)
    const places = module.freeTableIndexes as number[]
    places.splice(0, places.length, ...free)
    return endOfData(state)
  }

  #captureAll(): NativeState {
    const { wasmTable } = this.#module
    if (this.#free.some((index) => wasmTable.get(index) !== null)) throw new Error(FOREIGN)
    try {
      return captureLibraries(this.#module, this.#tableLength)
    } catch (cause) {
      throw new Error(FOREIGN, { cause })
    }
  }
}

function nameIn(text: string): string {
  return (JSON.parse(text) as NativeLibrary).name
}

function offsetsOf({ GOT }: LoaderModule): [string, number][] {
  return Object.entries(GOT).map(([name, { value }]) => [name, value as number])
}
