import { offerMainSymbols } from '../native/main-symbols.ts'
import type { LoaderModule } from '../native/module.ts'
import { compileLibraries, endOfData, restoreLibraries } from '../native/restore.ts'
import type { NativeState } from '../native/state.ts'
import type { PyodideModule } from '../pyodide-module.ts'
import { FileContents, type FileIndex, mountFiles } from './image-files.ts'

/** The file of an image that says what its packages need beside the heap, and the one with their files. */
export const PACKAGE_INDEX = 'packages.json'
export const PACKAGE_FILES = 'packages.bin'

/** What an image with packages keeps beside Python's heap. */
export interface PackageIndex extends FileIndex {
  readonly native: NativeState
}

/** What has to be put into a new module before its heap is restored. */
export interface BeforeHeap {
  /** Gives the end of the memory that has been written to. */
  install(module: PyodideModule): Promise<number>
}

/** Opens the packages of an image; native libraries are compiled from now on, in the background. */
export function openPackages(folder: string): BeforeHeap {
  const index = JSON.parse(Deno.readTextFileSync(`${folder}${PACKAGE_INDEX}`)) as PackageIndex
  const contents = new FileContents(`${folder}${PACKAGE_FILES}`)
  const places = new Map(index.files.map((file) => [file.path, file]))
  const compiling = compileLibraries(index.native, (path) => {
    const file = places.get(path)
    if (file === undefined) throw new Error(`Cannot load "${path}": it is not in the image`)
    return contents.read(file)
  })
  return {
    async install(module) {
      restoreLibraries(module as LoaderModule, index.native, await compiling)
      offerMainSymbols(module as LoaderModule)
      mountFiles(module, index, contents)
      return endOfData(index.native)
    },
  }
}
