import { restoreHeap } from './heap-image.ts'
import type { ModuleFactory, PyodideModule, PyodidePublic } from './pyodide-module.ts'

/** A Python that is ready to import and run. */
export interface Interpreter {
  readonly module: PyodideModule
  readonly pyodide: PyodidePublic
}

/** Where user code starts, and its home. */
export const WORKSPACE = '/workspace'

/**
 * Two functions that Pyodide's own loader adds to the imports: they make and recognise a marker object by its
 * WebAssembly type. The binary is Pyodide's (`src/core/sentinel.ts` there).
 */
const SENTINEL_WASM =
  'AGFzbQEAAAABDANfAGAAAW9gAW8BfwMDAgECBygCE0pzdl9HZXRFcnJvcl9pbXBvcnQAAA5Kc3ZFcnJvcl9DaGVjawABChMCBwD7AQD7GwsJACAA+xr7FAAL'

/**
 * Starts Python from the files in `folder` (ends in a slash). With `restore` it goes on from the heap that is kept
 * there; without, it boots from nothing, which takes seconds and is what building an image does.
 */
export async function startInterpreter(folder: string, restore: boolean): Promise<Interpreter> {
  const { buildId } = JSON.parse(Deno.readTextFileSync(`${folder}pyodide.json`)) as { buildId: string }
  const compiled = compileWasm(`${folder}pyodide.asm.wasm`)
  hideHostKind()
  const { default: factory } = (await import(`${folder}pyodide.asm.mjs`)) as { default: ModuleFactory }
  const settings = moduleSettings(folder, buildId, compiled, restore)
  const module = await factory(settings)
  const hiwire = restore ? restoreHeap(module, `${folder}heap.bin`) : undefined
  const pyodide = module.API.finalizeBootstrap(hiwire)
  if (!restore) {
    module.API.sys.path.insert(0, '')
    module.API._pyodide.set_excepthook()
  }
  module.API.initializeStreams(
    () => null,
    () => {},
    () => {},
  )
  return { module, pyodide }
}

/** Emscripten asks which kind of host it runs on; as a web worker it needs nothing of Node's. */
function hideHostKind(): void {
  Reflect.deleteProperty(globalThis, 'process')
  Reflect.set(globalThis, 'WorkerGlobalScope', class WorkerGlobalScope {})
}

/** Compiles in the background, while the JavaScript half is being evaluated, and frees the bytes at once. */
async function compileWasm(path: string): Promise<WebAssembly.Module> {
  const bytes = Deno.readFileSync(path)
  const compiling = WebAssembly.compile(bytes)
  const compiled = await compiling
  bytes.buffer.transfer(0)
  return compiled
}

function moduleSettings(
  folder: string,
  buildId: string,
  compiled: Promise<WebAssembly.Module>,
  restore: boolean,
): Record<string, unknown> {
  const environment = { HOME: WORKSPACE, LANG: 'C.UTF-8', PYTHONINSPECT: '1' }
  const settings: Record<string, unknown> = {
    noImageDecoding: true,
    noAudioDecoding: true,
    noWasmDecoding: false,
    noInitialRun: restore,
    preRun: [
      (module: PyodideModule) => installFiles(module, folder),
      (module: PyodideModule) => Object.assign(module.ENV, environment),
    ],
    print: () => {},
    printErr: (text: string) => console.error(text),
    onExit: (code: number) => {
      settings.exitCode = code
    },
    thisProgram: 'python',
    arguments: [],
    API: {
      config: {
        jsglobals: globalThis,
        args: [],
        env: environment,
        packages: [],
        indexURL: folder,
        packageCacheDir: '',
        enableRunUntilComplete: true,
        checkAPIVersion: true,
        BUILD_ID: buildId,
        _makeSnapshot: !restore,
      },
      runtimeEnv: { IN_SHELL: true },
      // Never resolved: the index of Pyodide's own package loader is not used, and building it takes 3 ms.
      lockFilePromise: new Promise(() => {}),
    },
    locateFile: (path: string) => folder + path,
    instantiateWasm: (
      imports: WasmImports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => {
      void instantiate(imports, compiled).then(({ instance, module }) => done(instance, module))
      return {}
    },
  }
  return settings
}

type WasmImports = WebAssembly.Imports & {
  env: Record<string, WebAssembly.ImportValue>
  'GOT.func': Record<string, WebAssembly.Global>
}

async function instantiate(
  imports: WasmImports,
  compiled: Promise<WebAssembly.Module>,
): Promise<{ instance: WebAssembly.Instance; module: WebAssembly.Module }> {
  const sentinelBytes = Uint8Array.from(atob(SENTINEL_WASM), (char) => char.charCodeAt(0))
  const sentinel = new WebAssembly.Instance(new WebAssembly.Module(sentinelBytes)).exports
  Object.assign(imports.env, sentinel)
  const module = await compiled
  const instance = new WebAssembly.Instance(module, imports)
  // Addresses of WebGL and console functions, which nothing calls through a pointer here: without a value Emscripten
  // would compile a small module for each of the 280, which takes 20 ms.
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const entry = from === 'GOT.func' ? imports['GOT.func'][name] : undefined
    if (entry !== undefined) entry.value = 0
  }
  return { instance, module }
}

function installFiles(module: PyodideModule, folder: string): void {
  const version = module.HEAPU32[module._Py_Version >>> 2] ?? 0
  const [major, minor, micro] = [version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255]
  const library = `/lib/python${major}.${minor}`
  module.API.pyVersionTuple = [major, minor, micro]
  module.API.sitePackages = `${library}/site-packages`
  module.FS.mkdirTree(`${library}/site-packages`)
  module.FS.mkdirTree(`${library}/lib-dynload`)
  module.FS.writeFile(`/lib/python${major}${minor}.zip`, Deno.readFileSync(`${folder}python_stdlib.zip`), {
    canOwn: true,
  })
  module.FS.mkdirTree(WORKSPACE)
  module.FS.chdir(WORKSPACE)
}
