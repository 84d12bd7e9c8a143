// What the process that plays the host is asked for, and what it answers.
import type { CodeExecutionResult, SandboxOptions } from 'agentchat-sandbox'

/** What a host is: the library under some path, or a naive one. */
export type HostSettings = ProductSettings | BareSettings

export interface ProductSettings {
  readonly kind: 'product'
  readonly options: SandboxOptions
  /** Path of the main module of the library. */
  readonly library: string
}

export interface BareSettings {
  readonly kind: 'bare'
  readonly path: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /**
   * Is made for each run, with the number of the run in place of `@RUN@`, and taken away before the program comes, as the
   * product does it.
   */
  readonly denoDir: string | null
}

/** One program to run. */
export interface Request {
  readonly code: string
  /** In a pool of its own. */
  readonly elsewhere: boolean
  /** In a session, which is saved and tampered with afterwards. */
  readonly inSession: boolean
  readonly timeoutSeconds: number
  readonly memoryLimitMb?: number | undefined
}

/** What came of one program. */
export interface Outcome {
  /** Null when there was none. */
  readonly result: CodeExecutionResult | null
  /** What the host threw, or empty. */
  readonly thrown: string
  /** Of the user's code. */
  readonly seconds: number
  /** How many last events came. */
  readonly finished: number
  /** Other text that came from the worker. */
  readonly raw: string
  /** What became of the session. */
  readonly atRest: AtRest | null
  /** The longest time for which the host could do nothing else. */
  readonly hostLagMs: number
}

/** What became of a session that was saved and tampered with. */
export interface AtRest {
  /** Bytes of the saved session; 0 when it was not saved. */
  readonly bytes: number
  /** Why it was not saved, or empty. */
  readonly refused: string
  /** The session works after that. */
  readonly alive: boolean
  /** What was saved wakes up with all of its names. */
  readonly whole: boolean
  /** Changes with which a session woke up all the same. */
  readonly accepted: readonly string[]
}

/** What the process answers on, by name. */
export interface Host {
  /** Makes ready for one attack; a text says why it cannot be run here. */
  prepare(grants: object): Promise<string | null>
  run(request: Request): Promise<Omit<Outcome, 'hostLagMs'>>
  /** The run is over: nothing of it may go on. */
  endRun(): Promise<void>
  close(): Promise<void>
}
