import type { ResultFile, TextSource } from 'agentchat-sandbox'

/** One call of `run_python`. */
export interface RunRequest {
  readonly code: string
  /** The handle of a session; null where the run has none, or the default one of the host. */
  readonly session: string | null
  /** Wall clock in seconds, at most that of the host; undefined: that of the host. */
  readonly timeoutSeconds: number | undefined
  /** What `input()` and `sys.stdin` read. */
  readonly stdin: string | undefined
}

/** What is told of the outcome of a run. */
export type RunResult = TextSource & {
  readonly files: readonly Pick<ResultFile, 'path' | 'size' | 'mime' | 'change'>[]
}

/** How a run stands. */
export type RunState =
  | { readonly phase: 'running' }
  | { readonly phase: 'finished'; readonly result: RunResult }
  | { readonly phase: 'failed'; readonly error: unknown }

/** One run, which may outlive the call that began it. */
export interface PythonRun {
  /** Made by the host, opaque. It is no capability: the host checks the caller at each use. */
  readonly handle: string
  /** The session that it runs in; null where it has none. */
  readonly session: string | null
  readonly state: RunState
  /** Since it began, in seconds. */
  readonly seconds: number
  /** What it has printed. */
  readonly output: OutputSoFar
  /** Resolves when the run has ended, after `ms` milliseconds, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Ends the run; resolves when it has ended. What it wrote is kept. */
  cancel(): Promise<void>
  /** A file that it made, at most `maxBytes` from the beginning. @throws PythonHostError */
  readFile(path: string, maxBytes: number): Promise<FilePart & { readonly mime: string }>
}

/** Head and tail of output. */
export interface OutputSoFar {
  /** All of it, or both ends with how much is between them. */
  text(): string
  /** The last line that is not empty, at most `chars` characters of it. */
  lastLine(chars: number): string
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
  /** Forgets what the session holds; it goes on under the handle that this gives. @throws PythonHostError where it is not the caller's */
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
  /** Does each call wait until the person at the client has allowed it? A client that cannot ask is refused. */
  readonly approve?: boolean
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
  /** Begins to run code. @throws PythonHostError */
  begin(request: RunRequest): Promise<PythonRun>
  /** Is this the handle of a run, and not of a session? */
  isRun(handle: string): boolean
  /** A run that the caller began. @throws PythonHostError where there is none */
  run(handle: string): Promise<PythonRun>
  /** What the caller may be told of an error that something here threw; null where it was no fault of its own. */
  reasonOf(error: unknown): string | null
  /** Tools of the caller: at most 64 are offered, by name. */
  storedTools(): Promise<readonly StoredTool[]>
}

/** Something that the caller did or can mend, told as the outcome of a tool. Other errors are not told in words. */
export class PythonHostError extends Error {
  override readonly name = 'PythonHostError'
}
