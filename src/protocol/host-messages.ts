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
}
