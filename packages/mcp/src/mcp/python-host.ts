import type { ExecutionEvent } from 'agentchat-sandbox'

/** One call of `run_python`. */
export interface RunRequest {
  readonly code: string
  /** The handle of a session; null where the run has none, or the default one of the host. */
  readonly session: string | null
  /** Wall clock in seconds, at most that of the host; undefined: that of the host. */
  readonly timeoutSeconds: number | undefined
  /** What `input()` and `sys.stdin` read. */
  readonly stdin: string | undefined
  readonly signal: AbortSignal
}

/** A session as its owner sees it. */
export interface SessionInfo {
  /** Made by the host, opaque. It is no capability: the host checks the caller at each use. */
  readonly handle: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly lastUsedAt: string
  /** Does it hold a worker now? One at rest wakes up by itself. */
  readonly live: boolean
}

/** What lies in a folder of a session. */
export interface FileInfo {
  /** In its folder. */
  readonly name: string
  readonly type: 'file' | 'folder' | 'link' | 'other'
  /** In bytes. */
  readonly size: number
}

/** The sessions of one caller. */
export interface PythonSessions {
  create(): Promise<SessionInfo>
  list(): Promise<readonly SessionInfo[]>
  /** Forgets what the session holds; the handle stays. @throws PythonHostError where it is not the caller's */
  reset(handle: string | null): Promise<SessionInfo>
  /** @throws PythonHostError */
  listFiles(handle: string | null, folder: string): Promise<readonly FileInfo[]>
  /** At most `maxBytes` from the beginning of the file. @throws PythonHostError */
  readFile(handle: string | null, path: string, maxBytes: number): Promise<FilePart>
  /** @throws PythonHostError */
  writeFile(handle: string | null, path: string, data: Uint8Array): Promise<void>
}

/** The beginning of a file, or all of it. */
export interface FilePart {
  readonly bytes: Uint8Array
  /** Is there more of it? */
  readonly truncated: boolean
}

/** A tool that somebody stored, which is offered beside ours. */
export interface StoredTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: { readonly [key: string]: unknown }
  /** Gives what the caller is told. @throws PythonHostError */
  call(args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<StoredToolOutcome>
}

/** What came of a call of a stored tool. */
export interface StoredToolOutcome {
  readonly text: string
  readonly isError: boolean
}

/** What the code may do and has, for the instructions. */
export interface HostFacts {
  readonly timeoutSeconds: number
  readonly memoryMb: number
  /** Packages that are there beside the standard library. */
  readonly packages: readonly string[]
  readonly autoInstall: boolean
  /** Which of the six permissions are granted, in words. */
  readonly granted: readonly string[]
  /** Is there a session for calls that name none? */
  readonly hasDefaultSession: boolean
  /** How long a session and a run are kept, in words. */
  readonly retention: string
}

/**
 * What a server of the protocol is given: who runs the code, for one caller. The command gives a sandbox of its own, a
 * service its executions, with everything that they check and record.
 */
export interface PythonHost {
  readonly facts: HostFacts
  readonly sessions: PythonSessions
  /** Runs code and yields what happens; the last event is `finished`. @throws PythonHostError */
  stream(request: RunRequest): AsyncIterable<ExecutionEvent>
  /** Tools of the caller: at most 64 are offered, by name. */
  storedTools(): Promise<readonly StoredTool[]>
}

/** Something that the caller did or can mend, told as the outcome of a tool. Other errors are not told in words. */
export class PythonHostError extends Error {
  override readonly name = 'PythonHostError'
}
