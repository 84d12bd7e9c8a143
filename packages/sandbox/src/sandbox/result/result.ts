import type { SessionMetadata } from './session-metadata.ts'

/** JSON, with a BigInt for a whole number that JavaScript's own numbers do not hold. */
export type { ExactJsonValue } from 'agentchat-sandbox-base/gate/exact-json'

/** A value that JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/**
 * Why an execution did not succeed.
 * `exception`: Python raised. `syntax`: the code does not compile. `timeout`, `cpu`, `memory`, `output`: a limit.
 * `cancelled`: the caller's signal. `package`: a package could not be had. `permission`: something was refused.
 * `crashed`: the worker ended without a word, or said something that it may not say.
 */
export const EXECUTION_ERROR_KINDS = [
  ...(['exception', 'syntax', 'timeout', 'cpu', 'memory', 'output', 'cancelled'] as const),
  ...(['package', 'permission', 'crashed'] as const),
] as const

/** One of `EXECUTION_ERROR_KINDS`. */
export type ExecutionErrorKind = (typeof EXECUTION_ERROR_KINDS)[number]

/** What went wrong in an execution, as data. */
export interface ExecutionError {
  readonly kind: ExecutionErrorKind
  /** Name of the Python exception class, or of the limit (`TimeoutError`, `MemoryError`, ...). */
  readonly name: string
  readonly message: string
  /** As Python prints it, with the frames of the user's code only; empty where there is none. */
  readonly traceback: string
  /** Line of the user's code, from 1, or null where none is known. */
  readonly line: number | null
  /** One or two sentences for the reader who must repair the code, or null. */
  readonly hint: string | null
}

/** What an execution cost, as the host measured it. */
export interface ExecutionUsage {
  /** Wall clock of the user's code, in milliseconds. */
  readonly wallMs: number
  /** CPU time of the worker while the user's code ran, in milliseconds; 0 where the platform does not tell. */
  readonly cpuMs: number
  /** Time spent waiting for a free place in the pool, in milliseconds. */
  readonly queueMs: number
  /** Time spent waiting for a worker to start, in milliseconds; about 0 from a warm pool. */
  readonly startMs: number
  /** Time spent on packages for this execution: finding, fetching and installing them, in milliseconds. */
  readonly packagesMs: number
  /** Highest resident set of the worker process, in bytes; 0 where the platform does not tell. */
  readonly peakMemoryBytes: number
  /** Bytes that Python wrote and the host kept. */
  readonly stdoutBytes: number
  readonly stderrBytes: number
}

/** What an execution took at one moment while it ran, as the host saw it. */
export interface UsageSample {
  /** Wall clock of the user's code until then, in milliseconds. */
  readonly wallMs: number
  /** CPU time of the worker since that code began, in milliseconds. */
  readonly cpuMs: number
  /** Resident set of the worker process, in bytes; 0 where the platform does not tell. */
  readonly memoryBytes: number
  /** Size of Python's heap, with what is free in it, in bytes; null where it cannot be seen from outside. */
  readonly pythonHeapBytes: number | null
}

/** A rich result, in Jupyter's form. */
export interface Display {
  readonly mime: string
  readonly data: JsonValue
  readonly metadata: { readonly [key: string]: JsonValue }
}

/**
 * A file in the working folder that the code created, changed or deleted. Its contents are on the host until the sandbox
 * is closed or the result is no longer held; of an execution that was killed no files are left.
 */
export interface ResultFile {
  /** Relative to the working folder. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  readonly mime: string
  /** In hexadecimal; null when there are no contents. */
  readonly sha256: string | null
  readonly change: 'created' | 'changed' | 'deleted'
  /** Something secret was in it: taken out of a text, or left in what is no text. Not there where nothing was found. */
  readonly secret?: 'taken-out' | 'left-in'
  /** @throws FileUnavailableError */
  bytes(): Promise<Uint8Array>
  /** The contents as UTF-8. @throws FileUnavailableError */
  text(): Promise<string>
  /** @throws FileUnavailableError */
  stream(): AsyncIterable<Uint8Array>
}

/** One permission that was asked for while the code ran. */
export interface PermissionUse {
  readonly kind: 'env' | 'read' | 'write' | 'net' | 'run' | 'ffi' | 'tool' | 'secret'
  readonly value: string
  readonly count: number
}

/** What an execution finds in its interpreter: nothing of others, nothing of its batch, or its session. */
export type InterpreterKind = 'new' | 'set-back' | 'session'

/** The receipt: what an execution was granted, used and was refused. */
export interface PermissionReceipt {
  /** What stood between the code and the host: Deno without permissions, and on Linux bubblewrap. */
  readonly walls: readonly ('deno' | 'bubblewrap')[]
  /**
   * What stood between the code and other code: an interpreter and a process of its own; the process of earlier programs of
   * the same batch, set back after each; or the session that it is in.
   */
  readonly interpreter: InterpreterKind
  readonly granted: {
    readonly [kind in Exclude<PermissionUse['kind'], 'tool' | 'secret'>]: boolean | readonly string[]
  } & {
    /** Names of the tools, where there are some. */
    readonly tool?: readonly string[]
    /** Names of the secrets that Python could use, where there are some. */
    readonly secret?: readonly string[]
  }
  readonly used: readonly PermissionUse[]
  readonly denied: readonly PermissionUse[]
}

/** The whole of one output stream. It is on the host until the sandbox is closed or the result is no longer held. */
export interface WholeStream {
  /** Bytes that are kept. */
  readonly size: number
  /** Was more written than `maxFullOutputBytes`? */
  readonly truncated: boolean
  /** @throws FileUnavailableError */
  bytes(): Promise<Uint8Array>
  /** As UTF-8. @throws FileUnavailableError */
  text(): Promise<string>
  /** @throws FileUnavailableError */
  stream(): AsyncIterable<Uint8Array>
}

/** What Python wrote, all of it. */
export interface FullOutput {
  readonly stdout: WholeStream
  readonly stderr: WholeStream
}

/** What of an execution is not in its result. */
export interface Truncated {
  /** Was some of it cut? */
  readonly stdout: boolean
  readonly stderr: boolean
  readonly result: boolean
  /** How many changed files `files` does not list. */
  readonly files: number
  /** How many forms of what was shown `displays` does not hold. */
  readonly displays: number
  /** How many requests for permissions `permissions` has no entry for. */
  readonly permissions: number
}

/** The whole outcome of one execution, as plain data. What Python did is here; only our own failures are thrown. */
export interface ExecutionOutcome {
  readonly status: 'success' | 'error'
  /** JSON value of the last expression, or null; what JSON cannot hold is `{ type, repr }`. */
  readonly result: JsonValue
  /**
   * What Python shows of that value, its `repr`, or null where it is `None` or there is none. Of more than 20,000
   * characters head and tail are left.
   */
  readonly resultText: string | null
  /** What Python wrote, in order, decoded as UTF-8; also after a time-out or a crash. */
  readonly stdout: string
  readonly stderr: string
  /** All that Python wrote, with the option `keepFullOutput`; else null. */
  readonly fullOutput: FullOutput | null
  readonly error: ExecutionError | null
  /** Wall clock of the user's code, in seconds. */
  readonly executionTime: number
  readonly usage: ExecutionUsage
  /** What it took while it ran, at even distances of 250 ms or more: fewer than 60 samples, none of a short one. */
  readonly timeline: readonly UsageSample[]
  readonly displays: readonly Display[]
  readonly files: readonly ResultFile[]
  readonly permissions: PermissionReceipt
  /** The session at rest, when the sandbox is stateful; else null. */
  readonly sessionBytes: Uint8Array | null
  readonly sessionMetadata: SessionMetadata | null
  /**
   * In a session: why its worker was lost (the kind of the error, or `crashed`), so that it goes on from its last good
   * state, the end of the last execution before which its worker lived and could be kept; else null.
   */
  readonly sessionRestored: { readonly reason: string } | null
  /** In a session with an `id`: why the store does not hold what this execution left; else null. The session has it. */
  readonly sessionUnsaved: { readonly reason: string } | null
  /** What was taken out because it is secret: how often, by rule. Where it stood is not told. */
  readonly redactions: { readonly [rule: string]: number }
  /** What was left out at a limit: of the output and the value whether, of the rest how many. */
  readonly truncated: Truncated
}

/** Options of `toText()`. */
export interface ToTextOptions {
  /** Most characters of the text, at least 200; by default 10,000. */
  readonly maxChars?: number
}

/** The outcome of one execution, with methods that are not enumerable: JSON and copies of it are its data alone. */
export interface CodeExecutionResult extends ExecutionOutcome {
  /** One compact text for a model: status, value, head and tail of the output, displays and files by name, error, hint. */
  toText(options?: ToTextOptions): string
  /** The whole as Markdown, for a person. */
  toMarkdown(): string
}
