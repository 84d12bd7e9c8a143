import { installCpuClock } from './cpu-clock.ts'
import { LocalTime } from './local-time.ts'
import { UMASK } from './memory-files/modes.ts'
import { nameText } from './memory-files/name-text.ts'
import type { PyodideModule } from './pyodide-module.ts'

/** Where user code starts, and its home. */
export const WORKSPACE = '/workspace'

/**
 * Two functions that Pyodide's own loader adds to the imports: they make and recognise a marker object by its
 * WebAssembly type. The binary is Pyodide's (`src/core/sentinel.ts` there).
 */
const SENTINEL_WASM =
  'AGFzbQEAAAABDANfAGAAAW9gAW8BfwMDAgECBygCE0pzdl9HZXRFcnJvcl9pbXBvcnQAAA5Kc3ZFcnJvcl9DaGVjawABChMCBwD7AQD7GwsJACAA+xr7FAAL'

type WasmImports = WebAssembly.Imports & {
  env: Record<string, WebAssembly.ImportValue>
  'GOT.func': Record<string, WebAssembly.Global>
}

/** What Emscripten's factory is given, in place of Pyodide's loader. With `restore` Python's `main` does not run. */
export function moduleSettings(
  folder: string,
  compiled: Promise<WebAssembly.Module>,
  restore: boolean,
): Record<string, unknown> {
  const { buildId } = JSON.parse(Deno.readTextFileSync(`${folder}pyodide.json`)) as { buildId: string }
  const environment = { HOME: WORKSPACE, LANG: 'C.UTF-8', PYTHONINSPECT: '1' }
  const localTime = new LocalTime(() => settings as unknown as PyodideModule)
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
    printErr: () => {},
    localTime,
    nameText,
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
      void compiled.then((module) => {
        localTime.install(imports.env)
        installCpuClock(imports.env, settings as unknown as PyodideModule)
        // It cannot be changed: `os.umask` gives it, whatever it is told.
        imports.env.__syscall_umask_js = () => UMASK
        const instance = instantiate(imports, module)
        // Emscripten's own are wrapped; loading native libraries needs these.
        settings.mainExports = instance.exports
        done(instance, module)
      })
      return {}
    },
  }
  return settings
}

/** Compiles Python in the background, while the JavaScript half is evaluated, and frees the bytes at once. */
export async function compilePython(folder: string): Promise<WebAssembly.Module> {
  const bytes = readWhole(`${folder}pyodide.asm.wasm`)
  const module = await WebAssembly.compile(bytes)
  bytes.buffer.transfer(0)
  return module
}

function instantiate(imports: WasmImports, module: WebAssembly.Module): WebAssembly.Instance {
  const sentinelBytes = Uint8Array.from(atob(SENTINEL_WASM), (char) => char.charCodeAt(0))
  Object.assign(imports.env, new WebAssembly.Instance(new WebAssembly.Module(sentinelBytes)).exports)
  const instance = new WebAssembly.Instance(module, imports)
  // Addresses of WebGL and console functions, which nothing calls through a pointer here: without a value Emscripten
  // would compile a small module for each of the 280, which takes 20 ms.
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const entry = from === 'GOT.func' ? imports['GOT.func'][name] : undefined
    if (entry !== undefined) entry.value = 0
  }
  return instance
}

function installFiles(module: PyodideModule, folder: string): void {
  const version = module.HEAPU32[module._Py_Version >>> 2] ?? 0
  const [major, minor, micro] = [version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255]
  const library = `/lib/python${major}.${minor}`
  module.API.pyVersionTuple = [major, minor, micro]
  module.API.sitePackages = `${library}/site-packages`
  module.FS.mkdirTree(`${library}/site-packages`)
  module.FS.mkdirTree(`${library}/lib-dynload`)
  const standardLibrary = readWhole(`${folder}python_stdlib.zip`)
  module.FS.writeFile(`/lib/python${major}${minor}.zip`, standardLibrary, { canOwn: true })
  module.FS.mkdirTree(WORKSPACE)
  module.FS.chdir(WORKSPACE)
}

/** Reads a file into one buffer of its size; `Deno.readFileSync` would hold it twice for a moment. */
function readWhole(path: string): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path)
  const bytes = new Uint8Array(file.statSync().size)
  for (let at = 0; at < bytes.length; ) {
    const count = file.readSync(bytes.subarray(at))
    if (count === null) throw new Error(`Cannot read "${path}": it is shorter than it was`)
    at += count
  }
  return bytes
}
