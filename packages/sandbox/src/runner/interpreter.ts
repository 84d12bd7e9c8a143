import { compilePython, moduleSettings } from './emscripten-settings.ts'
import { restoreHeap } from './heap-image.ts'
import type { BeforeHeap } from './packages/packaged-image.ts'
import type { HiwireState, ModuleFactory, PyodideModule, PyProxy } from './pyodide-module.ts'
import type { Scheduler } from './scheduler.ts'

/** A Python that is ready to run cells. */
export interface Interpreter {
  readonly module: PyodideModule
  /** The module `agentchat.interpreter`. */
  readonly cell: Readonly<Record<string, PyProxy>>
  /** The JavaScript objects that were put where its memory expects them. */
  readonly objects: readonly unknown[]
  /** What the image says of them. */
  readonly hiwire: HiwireState
}

/**
 * Boots Python from nothing, with Pyodide's own start-up, which takes seconds: what building an image does.
 * @param folder holds the files of the image, ends in a slash
 */
export async function bootPython(folder: string): Promise<PyodideModule> {
  const module = await createModule(folder, false)
  module.API.finalizeBootstrap()
  module.API.sys.path.insert(0, '')
  module.API._pyodide.set_excepthook()
  return module
}

/**
 * Wakes Python up from the heap that an image keeps. Of Pyodide's start-up only the part is run that the heap does not
 * hold: the table of JavaScript objects that Python knows. (Its own `finalizeBootstrap` would spend 25 ms on calling
 * into Python, mostly on compiling functions that nothing needs later.)
 * @param folder holds the files of the image, ends in a slash
 * @param scheduler calls back for its event loop
 * @param packages those of the image, where it has some
 */
export async function wakePython(
  folder: string,
  scheduler: Scheduler,
  packages: BeforeHeap | null = null,
): Promise<Interpreter> {
  const module = await createModule(folder, true)
  const written = packages === null ? 0 : await packages.install(module)
  const hiwire = restoreHeap(module, `${folder}heap.bin`, written)
  module._jslib_init()
  module._init_pyodide_proxy()
  module.runtimeKeepalivePush()
  module.API.public_api = Object.assign(Object.create(null) as object, { _api: module.API })
  const objects = restoreHiwire(module, hiwire, scheduler)
  // Used by `callPromising` before it calls: a turn of the event loop, which our calls, from its top, need not wait for.
  module.API.scheduleCallback = (callback) => callback()
  module.API.fatal_error = rethrow
  module.API.maybe_fatal_error = rethrow
  return { module, cell: module.API._pyodide.agentchat_cell, objects, hiwire }
}

function rethrow(error: unknown): never {
  throw error
}

async function createModule(folder: string, restore: boolean): Promise<PyodideModule> {
  const compiled = compilePython(folder)
  hideHostKind()
  const { default: factory } = (await import(fileUrl(`${folder}pyodide.asm.mjs`))) as {
    default: ModuleFactory
  }
  return await factory(moduleSettings(folder, compiled, restore))
}

/** A path as an address: a folder may have a name with `#` or `%` in it. */
function fileUrl(path: string): string {
  return `file://${path.split('/').map(encodeURIComponent).join('/')}`
}

/** Emscripten asks which kind of host it runs on; as a web worker it needs nothing of Node's. */
function hideHostKind(): void {
  Reflect.deleteProperty(globalThis, 'process')
  Reflect.set(globalThis, 'WorkerGlobalScope', class WorkerGlobalScope {})
}

/** Place of Pyodide's own `scheduleCallback` among the objects that it expects in every heap. */
const SCHEDULE_KEY = 4

/** Puts the JavaScript objects back at the places where Python's heap expects them. */
function restoreHiwire(
  module: PyodideModule,
  { hiwireKeys, immortalKeys }: HiwireState,
  { schedule }: Scheduler,
): unknown[] {
  const expected = module.API.getExpectedKeys()
  expected[SCHEDULE_KEY] = schedule
  const objects = [...expected, ...hiwireKeys.map((key) => hiwireObject(module, key))]
  for (const [index, object] of objects.entries()) {
    if (module.__hiwire_set(index, object) < 0) throw new Error(`Cannot restore JavaScript object ${index}`)
  }
  for (const key of immortalKeys) module.__hiwire_immortal_add(key)
  return objects
}

function hiwireObject({ API }: PyodideModule, key: HiwireState['hiwireKeys'][number]): unknown {
  if (key === null) return null
  if ('API' in key) return API
  if ('abortSignalAny' in key) return API.abortSignalAny
  return key.path.reduce<unknown>((object, name) => Reflect.get(Object(object), name), API.config.jsglobals)
}
