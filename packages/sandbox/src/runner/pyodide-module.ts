import type { MemoryFileSystem } from './memory-files/memory-file-system.ts'

/** The parts of Pyodide's and Emscripten's internals that the runner touches. Pinned to one exact version. */

export interface PyProxy {
  (...args: unknown[]): unknown
  /** Calls the Python function on a stack of its own, on which Python can wait for promises. */
  callPromising(...args: unknown[]): Promise<unknown>
}

/** A Python object with the buffer protocol, as JavaScript sees it. */
export interface PyBuffer {
  getBuffer(type: 'u8'): PyBufferView
}

/** The bytes of a Python object, in Python's memory, until they are released. */
export interface PyBufferView {
  readonly data: Uint8Array
  readonly readonly: boolean
  release(): void
}

/** One open file of Emscripten's file system. */
export interface EmscriptenStream {
  seekable: boolean
  /** As in `open(2)`. */
  readonly flags: number
  readonly node: FileNode
}

/** What a device does; `read` and `write` are given a typed array over Python's memory. */
export interface DeviceOperations {
  open(stream: EmscriptenStream): void
  close(): void
  read(stream: EmscriptenStream, memory: Int8Array, offset: number, length: number): number
  write(stream: EmscriptenStream, memory: Int8Array, offset: number, length: number): number
}

export interface EmscriptenFs {
  readonly root: FileNode
  /** Null or nothing where no file is open. */
  readonly streams: (EmscriptenStream | null | undefined)[]
  /** A stream with these properties, at this descriptor. */
  createStream(properties: object, descriptor: number): EmscriptenStream
  cwd(): string
  mkdirTree(path: string): void
  writeFile(path: string, data: Uint8Array | string, options?: { canOwn: boolean }): void
  chdir(path: string): void
  unlink(path: string): void
  makedev(major: number, minor: number): number
  registerDevice(device: number, operations: DeviceOperations): void
  mkdev(path: string, device: number): void
  closeStream(descriptor: number): void
  /** Nodes by a hash of their folder and name, each with the next one of the same hash. */
  readonly nameTable: (FileNode | undefined)[]
  hashAddNode(node: FileNode): void
  nextInode: number
  readdir(path: string): string[]
  readFile(path: string): Uint8Array
  /** Of a link itself, not of what it leads to. */
  lstat(path: string): { mode: number; size: number; mtime: Date }
  isDir(mode: number): boolean
  isFile(mode: number): boolean
  isLink(mode: number): boolean
  symlink(target: string, path: string): FileNode
  analyzePath(path: string): { exists: boolean }
  /** `flags` as in `open(2)`: 0 read, 1 write. */
  open(path: string, flags: number, mode?: number): EmscriptenStream
  close(stream: EmscriptenStream): void
  write(stream: EmscriptenStream, data: Uint8Array, offset: number, length: number, position: number): number
  truncate(path: string, size: number): void
  rmdir(path: string): void
  rename(from: string, to: string): void
  readonly filesystems: { readonly MEMFS: MemoryFileSystem }
  readonly ErrnoError: new (number: number) => Error
  readonly FSNode: new (parent: FileNode | null, name: string, mode: number, device: number) => FileNode
  /** Throws EEXIST where something is. */
  mkdir(path: string): void
  mknod(path: string, mode: number, device: number): FileNode
  lookupPath(
    path: string,
    options?: { follow_mount?: boolean; follow?: boolean },
  ): { path: string; node: FileNode }
  mount(type: { mount(mount: FileMount): FileNode }, options: object, path: string): FileNode
  hashRemoveNode(node: FileNode): void
  /** The text of a link. Links that are followed are asked through `node_ops.readlink`. */
  readlink(path: string): string
}

/** One file system within Emscripten's. */
export interface FileMount {
  readonly type: object
  readonly opts: object
  readonly mountpoint: string
  readonly mounts: readonly FileMount[]
  root?: FileNode
}

/** One file, folder or link of Emscripten's file system. What a set of operations lacks is refused by it. */
export interface FileNode {
  parent: FileNode
  name: string
  mode: number
  mount: FileMount
  mounted: FileMount | null
  node_ops: object
  stream_ops: object
}

export interface PyodideApi {
  config: { jsglobals: object } & Record<string, unknown>
  pyVersionTuple?: readonly [number, number, number]
  sitePackages?: string
  public_api?: object
  /** Called when the interpreter broke; Pyodide's own prints a page of text to Python's standard output. */
  fatal_error(error: unknown): void
  maybe_fatal_error(error: unknown): void
  abortSignalAny: unknown
  scheduleCallback: (callback: () => void, delayMs?: number) => void
  sys: { path: { insert(index: number, path: string): void } }
  importlib: { import_module(name: string): Readonly<Record<string, PyProxy>> }
  _pyodide: { set_excepthook(): void; agentchat_cell: Readonly<Record<string, PyProxy>> }
  finalizeBootstrap(): unknown
  getExpectedKeys(): unknown[]
  serializeHiwireState(): HiwireState
}

/** The JavaScript objects that Python holds, as Pyodide's own snapshots describe them. */
export interface HiwireState {
  readonly hiwireKeys: readonly (
    | null
    | { readonly path: readonly string[] }
    | { readonly API: true }
    | { readonly abortSignalAny: true }
  )[]
  readonly immortalKeys: readonly string[]
}

export interface PyodideModule {
  API: PyodideApi
  FS: EmscriptenFs
  /** The file system in memory, which is the root. */
  MEMFS: { createNode(parent: FileNode, name: string, mode: number, device: number): FileNode }
  ENV: Record<string, string>
  /** Python's memory. Views of it, as the next ones, are made anew when it grows. */
  readonly memory: WebAssembly.Memory
  HEAP8: Int8Array
  /** Addresses of what C knows of local time: the addresses of its names, seconds, and whether there is summer time. */
  readonly _tzname: number
  readonly _timezone: number
  readonly _daylight: number
  /** Takes a time zone as JSON text. */
  readonly localTime: { readonly set: (json: string) => void; forget(): void }
  HEAPU8: Uint8Array
  HEAPU32: Uint32Array
  Py_EmscriptenSignalBuffer?: { 0: number }
  growMemory(size: number): unknown
  /** Functions that C code can call by their index, and indexes that are free again. */
  readonly wasmTable: WebAssembly.Table
  readonly freeTableIndexes: readonly number[]
  /** Interval timers of the process, by kind. */
  readonly timers: Record<string, { readonly id: number }>
  /** Where the garbage collector lets go of Python's objects; `token` is what a proxy shares with its copies. */
  finalizationRegistry: {
    register(proxy: object, held: object, token: object): void
    unregister(token: object): void
  }
  /** What JavaScript has thrown where Python waits, until that raises it; and what tells Python to look there. */
  syncify_error?: unknown
  readonly error: unknown
  stackSave(): number
  _emscripten_stack_get_end(): number
  runtimeKeepalivePush(): void
  _jslib_init(): void
  _init_pyodide_proxy(): void
  __hiwire_set(index: number, object: unknown): number
  /** Throws past the end of the table. */
  __hiwire_get(index: number): unknown
  __hiwire_slot_info(index: number): number
  __hiwire_immortal_add(key: string): void
  __hiwire_immortal_get(index: number): unknown
  _emscripten_get_sbrk_ptr(): number
  _emscripten_builtin_memalign(alignment: number, size: number): number
  readonly _Py_Version: number
  readonly _Py_EMSCRIPTEN_SIGNAL_HANDLING: number
  /** Address of how many borders between instructions Python still passes before it asks for signals. */
  readonly __Py_emscripten_signal_clock: number
}

/** What `pyodide.asm.mjs` exports: makes a module out of its settings. */
export type ModuleFactory = (settings: Record<string, unknown>) => Promise<PyodideModule>
