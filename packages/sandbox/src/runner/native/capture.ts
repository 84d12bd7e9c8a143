import type { LibraryPlace, LoadedLibrary, LoaderModule } from './module.ts'
import type { NativeLibrary, NativeState, TableSlot } from './state.ts'

/** How long the function table is before any library is loaded: to be asked then, and given to `captureLibraries`. */
export function tableLength(module: LoaderModule): number {
  return module.wasmTable.length
}

/**
 * Describes the native libraries that Python has loaded, so that `restoreLibraries` can put them back into a new module.
 * @throws Error naming what cannot be kept
 */
export function captureLibraries(module: LoaderModule, tableStart: number): NativeState {
  const loaded = (module.libraryPlaces ?? []).filter(({ name }) => exportsOf(module, name) !== null)
  const libraries = loaded.map((place) => describe(module, place))
  return {
    memoryBytes: module.HEAPU8.length,
    tableStart,
    tableLength: module.wasmTable.length,
    libraries,
    offsets: Object.fromEntries(
      Object.entries(module.GOT).map(([name, { value }]) => [name, value as number]),
    ),
    slots: captureSlots(module, libraries, tableStart),
  }
}

function exportsOf(module: LoaderModule, name: string): WebAssembly.Exports | null {
  const exports = module.LDSO.loadedLibsByName[name]?.exports
  return exports === undefined || exports === 'loading' ? null : exports
}

function describe(module: LoaderModule, place: LibraryPlace): NativeLibrary {
  const { loadedLibsByName, loadedLibsByHandle } = module.LDSO
  const library = loadedLibsByName[place.name] as LoadedLibrary
  const handles = Object.entries(loadedLibsByHandle).filter(([, entry]) => entry === library)
  return {
    ...place,
    handles: handles.map(([handle]) => Number(handle)),
    global: library.global,
    references: Number.isFinite(library.refcount) ? library.refcount : null,
  }
}

function captureSlots(
  module: LoaderModule,
  libraries: readonly NativeLibrary[],
  tableStart: number,
): TableSlot[] {
  const own = new Set<number>()
  for (const { tableBase, tableSize } of libraries)
    for (let index = tableBase; index < tableBase + tableSize; index++) own.add(index)
  let name: ReturnType<typeof slotNamer> | null = null
  const slots: TableSlot[] = []
  for (let index = tableStart; index < module.wasmTable.length; index++) {
    const entry: unknown = own.has(index) ? null : module.wasmTable.get(index)
    if (entry === null) continue
    name ??= slotNamer(module, libraries)
    slots.push(name(index, entry))
  }
  return slots
}

function slotNamer(
  module: LoaderModule,
  libraries: readonly NativeLibrary[],
): (index: number, entry: unknown) => TableSlot {
  const byLibrary = new Map<unknown, { library: number; name: string }>()
  for (const [library, { name }] of libraries.entries())
    for (const [symbol, value] of Object.entries(exportsOf(module, name) ?? {}))
      if (typeof value === 'function' && !byLibrary.has(value))
        byLibrary.set(value, { library, name: symbol })
  const byMain = new Map<unknown, string>()
  for (const [symbol, value] of Object.entries(module.mainExports)) byMain.set(value, symbol)
  const imports = exportsOf(module, '__main__') ?? {}
  const scripts = new Map<number, string>()
  for (const [symbol, { value }] of Object.entries(module.GOT))
    if (typeof imports[symbol] === 'function') scripts.set(value as number, symbol)
  return (index, entry) => {
    const main = byMain.get(entry)
    if (main !== undefined) return { index, main }
    const found = byLibrary.get(entry)
    if (found !== undefined) return { index, ...found }
    const script = scripts.get(index)
    if (script !== undefined) return { index, script }
    throw new Error(`Cannot keep the native libraries: nobody knows the function at index ${index}`)
  }
}
