/** The parts of Pyodide's and Emscripten's internals that the runner touches. Pinned to one exact version. */

export interface PyProxy {
  (...args: unknown[]): unknown
  /** Calls the Python function on a stack of its own, on which Python can wait for promises. */
  callPromising(...args: unknown[]): Promise<unknown>
  destroy(): void
}

export interface EmscriptenFs {
  mkdirTree(path: string): void
  writeFile(path: string, data: Uint8Array | string, options?: { canOwn: boolean }): void
  chdir(path: string): void
  rename(from: string, to: string): void
  ErrnoError: new (errno: number) => Error
}

/** Device operations that Pyodide puts behind `/dev/stdin`, `/dev/stdout` and `/dev/stderr`. */
export interface InputDevice {
  read(buffer: Uint8Array): number
}
export interface OutputDevice {
  write(buffer: Uint8Array): number
}

export interface PyodideApi {
  config: Record<string, unknown>
  runtimeEnv: Record<string, boolean>
  lockFilePromise: Promise<unknown>
  pyVersionTuple?: readonly [number, number, number]
  sitePackages?: string
  sys: { path: { insert(index: number, path: string): void } }
  importlib: { import_module(name: string): Record<string, PyProxy> }
  _pyodide: { set_excepthook(): void }
  finalizeBootstrap(hiwire?: HiwireState): PyodidePublic
  initializeStreams(stdin: () => null, stdout: () => void, stderr: () => void): void
  serializeHiwireState(): HiwireState
}

export interface PyodidePublic {
  setStdin(device: InputDevice): void
  setStdout(device: OutputDevice): void
  setStderr(device: OutputDevice): void
  runPython(code: string): unknown
}

/** The JavaScript objects that Python holds, as Pyodide's own snapshots describe them. */
export interface HiwireState {
  readonly hiwireKeys: readonly unknown[]
  readonly immortalKeys: readonly string[]
}

export interface PyodideModule {
  API: PyodideApi
  FS: EmscriptenFs
  ENV: Record<string, string>
  HEAP8: Int8Array
  HEAPU8: Uint8Array
  HEAPU32: Uint32Array
  exitCode?: number
  Py_EmscriptenSignalBuffer?: { 0: number }
  growMemory(size: number): unknown
  _emscripten_get_sbrk_ptr(): number
  readonly _Py_Version: number
  readonly _Py_EMSCRIPTEN_SIGNAL_HANDLING: number
}

/** What `pyodide.asm.mjs` exports: makes a module out of its settings. */
export type ModuleFactory = (settings: Record<string, unknown>) => Promise<PyodideModule>
