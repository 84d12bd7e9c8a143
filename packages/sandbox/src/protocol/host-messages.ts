/** Host to runner. The runner trusts its host, so these are plain types. */
export type HostMessage =
  | ExecuteMessage
  | InterruptMessage
  | WarmUpMessage
  | FindImportsMessage
  | BeginMessage
  | SetBackMessage
  | SaveMessage
  | WakeMessage
  | InstallMessage

/** What the runs from here on belong to. Sent once, before the first. */
export type BeginMessage = BeginSessionMessage | BeginBatchMessage

/** Run this code. Sent only while no other code runs. */
export interface ExecuteMessage extends FileLimits {
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
  /** Bytes of each output stream that are sent as they come. */
  readonly maxOutputBytes: number
  /** Of what is longer, the last bytes, as many as this, are sent at the end of the run. */
  readonly tailBytes: number
  /** Length of the JSON text of the result. */
  readonly maxResultBytes: number
  readonly memoryLimitBytes: number
  /** Standard input is asked for while the code runs, instead of `stdin`. */
  readonly interactive: boolean
  /** JSON text that describes the host's functions which Python may call, or null where there are none. */
  readonly tools: string | null
  /** Nothing will come after it: a program of several runs has its end. */
  readonly isLast: boolean
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

/** Say which modules this code imports that are not here, without running it. Only while no code runs. */
export interface FindImportsMessage {
  readonly type: 'find-imports'
  readonly code: string
  readonly memoryLimitBytes: number
}

/** The runs from here on are programs of one batch: what the interpreter is set back to is noted before the first. */
export interface BeginBatchMessage {
  readonly type: 'begin-batch'
}

/** Make the interpreter what it was before the batch began, and say `set-back`. Only between two runs. */
export interface SetBackMessage {
  readonly type: 'set-back'
}

/** The runs from here on belong to one session: what a save has to know is noted now, before the first of them. */
interface BeginSessionMessage extends FileLimits {
  readonly type: 'begin-session'
}

/** Bytes and number of files that there may be in Python's own file system, beside those of the image. */
export interface FileLimits {
  readonly maxFileBytes: number
  readonly maxFiles: number
}

/** Send the session, in session frames, and then say `saved`. Only between two runs. */
export interface SaveMessage {
  readonly type: 'save-session'
  /** Number of this request; the answer carries it. */
  readonly save: number
  /** Compressed bytes that it may have; what is larger is not sent. */
  readonly maxBytes: number
  /** An earlier save of this worker that the host still has: what is in it need not be sent again. */
  readonly known: number | null
}

/** Become this session. Its bytes follow in session frames. Sent once, before any run. */
export interface WakeMessage extends FileLimits {
  readonly type: 'wake-session'
  /** Bytes that follow. */
  readonly bytes: number
  /** Bytes that they may become when they are decompressed. */
  readonly maxPlainBytes: number
  readonly memoryLimitBytes: number
}

/** Unpack these wheels into `site-packages`. Their bytes follow in session frames, back to back. Only between two runs. */
export interface InstallMessage {
  readonly type: 'install'
  readonly wheels: readonly { readonly fileName: string; readonly bytes: number }[]
  /** Bytes that all of them may take when they are unpacked. */
  readonly maxBytes: number
}

/**
 * What the host asks of the files in the worker's memory, in ask frames, while no code runs. Every path is absolute and
 * normalised, in Python's file system. Answered by JSON `{ "value": ... }` or `{ "error": <name of an errno> }`.
 */
export type FileAsk =
  /** The bytes of the frame go into the file at `at`; at 0 it is made anew, with its folders, `size` bytes long. */
  | { readonly ask: 'write'; readonly path: string; readonly at: number; readonly size: number }
  /** The answer's bytes are from the file; fewer than `length` at its end. */
  | { readonly ask: 'read'; readonly path: string; readonly at: number; readonly length: number }
  | { readonly ask: 'stat' | 'list' | 'remove'; readonly path: string }

/** What a runner is started with: the only argument on its command line, as JSON. No secrets: it is visible. */
export interface RunnerArguments {
  /** Folder of the image, ending in a slash. */
  readonly image: string
  /** What of the host's files Python may touch; without it nothing. */
  readonly files?: HostFilesPlan
  /** Which libraries of the host Python may open; without it none. */
  readonly libraries?: LibrariesPlan
  /** Does the image hold packages? */
  readonly packages?: true
}

/** The grant `allowFfi`, as the runner needs it. */
export interface LibrariesPlan {
  /** By the path that the owner named and by the real one, both absolute; null for all that there are. */
  readonly granted: readonly Pick<HostPlace, 'path' | 'target'>[] | null
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
