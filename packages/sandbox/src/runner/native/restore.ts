import type { LoadedLibrary, LoaderModule } from './module.ts'
import type { NativeLibrary, NativeState, TableSlot } from './state.ts'

/** Compiles the libraries, in the background and all at once. `read` gives the bytes of the file with that path. */
export function compileLibraries(
  { libraries }: NativeState,
  read: (path: string) => BufferSource,
): Promise<WebAssembly.Module[]> {
  return Promise.all(libraries.map(({ name }) => WebAssembly.compile(read(name))))
}

/**
 * Puts the libraries back where they were. Neither constructors run nor addresses are relocated: what they did is in the
 * heap, which has to be restored after this.
 * @param compiled as `compileLibraries` gave them
 * @throws Error when the module is not as new as the one that the state was taken from
 */
export function restoreLibraries(
  module: LoaderModule,
  state: NativeState,
  compiled: readonly WebAssembly.Module[],
): void {
  const { wasmTable } = module
  if (wasmTable.length !== state.tableStart) {
    throw new Error(
      `Cannot restore the native libraries: ${wasmTable.length} functions, ${state.tableStart} expected`,
    )
  }
  if (module.HEAPU8.length < state.memoryBytes) module.growMemory(state.memoryBytes)
  wasmTable.grow(state.tableLength - state.tableStart)
  restoreOffsets(module, state)
  const before = (module.libraryPlaces ?? []).map(({ name }) => module.LDSO.loadedLibsByName[name]?.exports)
  const instances = state.libraries.map((library, index) =>
    restoreLibrary(module, library, compiled[index] as WebAssembly.Module),
  )
  const all = [...before, ...instances] as readonly WebAssembly.Exports[]
  for (const slot of state.slots) wasmTable.set(slot.index, functionOf(module, slot, all))
}

/** The same for a module that has libraries already, of which some were opened again: `reopened` says how. */
export function restoreMore(
  module: LoaderModule,
  { state, reopened }: { readonly state: NativeState; readonly reopened: readonly NativeLibrary[] },
  compiled: readonly WebAssembly.Module[],
): void {
  restoreLibraries(module, state, compiled)
  for (const library of reopened) {
    const entry = module.LDSO.loadedLibsByName[library.name]
    if (entry === undefined) throw new Error(`Cannot open "${library.name}" again: it is not in the image`)
    entry.refcount = library.references ?? Number.POSITIVE_INFINITY
    for (const handle of library.handles) module.LDSO.loadedLibsByHandle[handle] = entry
    if (library.global && !entry.global)
      module.mergeLibSymbols(entry.exports as WebAssembly.Exports, library.name)
    entry.global = library.global
  }
}

/** The end of the memory that the libraries' own data take: instantiating them has written there. */
export function endOfData({ libraries }: NativeState): number {
  return Math.max(0, ...libraries.map(({ memoryBase, memoryBytes }) => memoryBase + memoryBytes))
}

function restoreOffsets({ GOT }: LoaderModule, { offsets }: NativeState): void {
  for (const [name, value] of Object.entries(offsets)) {
    if (Object.hasOwn(GOT, name)) (GOT[name] as WebAssembly.Global).value = value
    else GOT[name] = new WebAssembly.Global({ value: 'i32', mutable: true }, value)
  }
}

function restoreLibrary(
  module: LoaderModule,
  library: NativeLibrary,
  compiled: WebAssembly.Module,
): WebAssembly.Exports {
  const { exports } = new WebAssembly.Instance(compiled, importsOf(module, library))
  let relocated: WebAssembly.Exports | null = null
  const entry: LoadedLibrary = {
    name: library.name,
    refcount: library.references ?? Number.POSITIVE_INFINITY,
    global: library.global,
    // Seldom asked for: modules are imported once, and that has happened.
    get exports() {
      relocated ??= module.relocateExports(exports, library.memoryBase)
      return relocated
    },
  }
  module.LDSO.loadedLibsByName[library.name] = entry
  for (const handle of library.handles) module.LDSO.loadedLibsByHandle[handle] = entry
  if (library.global) module.mergeLibSymbols(entry.exports as WebAssembly.Exports, library.name)
  const { name, memoryBase, memoryBytes, tableBase, tableSize, needed } = library
  module.libraryPlaces ??= []
  module.libraryPlaces.push({ name, memoryBase, memoryBytes, tableBase, tableSize, needed })
  return exports
}

/** The imports as the loader of Emscripten makes them: what is not known yet is looked up when it is first called. */
function importsOf(module: LoaderModule, library: NativeLibrary): WebAssembly.Imports {
  const byName = module.LDSO.loadedLibsByName
  const known = byName.__main__?.exports as WebAssembly.Exports & Record<string, { stub?: boolean }>
  const isKnown = (name: string) => name in known && !known[name]?.stub
  const find = (name: string): unknown => {
    if (isKnown(name)) return known[name]
    for (const each of [...namesOf(module, library.needed), library.name]) {
      const found = (byName[each]?.exports as WebAssembly.Exports | undefined)?.[name]
      if (found !== undefined) return found
    }
    return undefined
  }
  const late = (name: string) => {
    let found: unknown
    return (...args: unknown[]): unknown => {
      found ??= find(name)
      if (typeof found !== 'function') throw new Error(`Cannot call "${name}": no library has it`)
      return found(...args)
    }
  }
  const env = new Proxy(Object.create(null) as WebAssembly.ModuleImports, {
    get(stubs, name) {
      if (typeof name !== 'string') return undefined
      if (name === '__memory_base') return library.memoryBase
      if (name === '__table_base') return library.tableBase
      if (isKnown(name)) return known[name]
      stubs[name] ??= late(name)
      return stubs[name]
    },
  })
  return { env, wasi_snapshot_preview1: env, 'GOT.mem': module.GOT, 'GOT.func': module.GOT }
}

/** The libraries of these names, which may be the ends of paths, with those that they need in turn. */
function namesOf(module: LoaderModule, needed: readonly string[], found = new Set<string>()): Set<string> {
  for (const { name, needed: next } of module.libraryPlaces ?? []) {
    const isNeeded = needed.some((wanted) => name === wanted || name.endsWith(`/${wanted}`))
    if (!isNeeded || found.has(name)) continue
    found.add(name)
    namesOf(module, next, found)
  }
  return found
}

function functionOf(
  module: LoaderModule,
  slot: TableSlot,
  instances: readonly WebAssembly.Exports[],
): unknown {
  if ('main' in slot) return module.mainExports[slot.main]
  if ('library' in slot) return instances[slot.library]?.[slot.name]
  const imports = module.LDSO.loadedLibsByName.__main__?.exports as Record<string, { sig?: string }>
  const script = imports[slot.script]
  return module.convertJsFunctionToWasm(script, script?.sig ?? '')
}
