/** What JSON of strangers may be, so that nothing which walks it overflows its stack or holds the event loop. */
export interface JsonBounds {
  /** Deepest nesting of lists and objects. */
  readonly maxDepth: number
  /**
   * What it may cost to parse: a value counts 1, a string or a number past 9 digits 3, one past 16 digits 13, a list or
   * object 7, a new name 60, which is how long V8 takes for them. A million is some 35 ms.
   */
  readonly maxWork: number
  /** Is the name `__proto__` refused? Many a program takes it for something else than a name. */
  readonly plainNames: boolean
  /** Is a name refused that comes twice in one object? By default the last one counts. */
  readonly uniqueNames?: boolean
}

/** For what strangers send, and what their services answer: some 35 ms of work. */
export const BODY_BOUNDS: JsonBounds = { maxDepth: 100, maxWork: 1_000_000, plainNames: true }

/** JSON that is past a bound. */
export class JsonBoundsError extends Error {
  override readonly name = 'JsonBoundsError'
  /** The name at the top that it lies below; empty where there is none. */
  readonly path: string
  readonly problem: string
  constructor(path: string, problem: string) {
    super(`Cannot read the JSON: ${path === '' ? '' : `"${path}" `}${problem}`)
    this.path = path
    this.problem = problem
  }
}
