/** Host to runner. The runner trusts its host, so these are plain types. */
export type HostMessage = ExecuteMessage | InterruptMessage | WarmUpMessage

/** Run this code. Sent only while no other code runs. */
export interface ExecuteMessage {
  readonly type: 'execute'
  /** Number of the run, from 1; answers and interrupts carry it. */
  readonly run: number
  readonly code: string
  /** `sys.argv[1:]`. */
  readonly args: readonly string[]
  /** JSON text of an object whose entries become globals, or null. */
  readonly globals: string | null
  readonly stdin: string | null
  /** JSON text of an object: variables of the environment, by name. */
  readonly env: string
  /** Bytes of each output stream that are sent; the rest is dropped in the worker. */
  readonly maxOutputBytes: number
  /** Length of the JSON text of the result. */
  readonly maxResultBytes: number
  readonly memoryLimitBytes: number
}

/** Raise KeyboardInterrupt in the code of this run; ignored when it has ended. */
export interface InterruptMessage {
  readonly type: 'interrupt'
  readonly run: number
}

/** No code will come for a while: use the time to make the first run fast. */
export interface WarmUpMessage {
  readonly type: 'warm-up'
}

/** What a runner is started with: the only argument on its command line, as JSON. No secrets: it is visible. */
export interface RunnerArguments {
  /** Folder of the image, ending in a slash. */
  readonly image: string
  /** What of the host's files Python may touch; without it nothing. */
  readonly files?: HostFilesPlan
  /** Does the image hold packages? */
  readonly packages?: true
}

/** The grants `allowRead` and `allowWrite`, as the runner needs them. Every path is absolute and normalised. */
export interface HostFilesPlan {
  readonly places: readonly HostPlace[]
  /** Real paths on the host: what may be read, and what may be written, with all that is below them. */
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  /** Bytes that may be written, and files and folders that may be made, by this worker. */
  readonly maxWriteBytes: number
  readonly maxWriteFiles: number
}

/** A file or a folder of the host, and where Python sees it. */
export interface HostPlace {
  readonly path: string
  /** Real path on the host. */
  readonly target: string
  readonly kind: 'file' | 'folder'
}
