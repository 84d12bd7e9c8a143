import { EXIT_FAILURE, EXIT_USAGE, UsageError } from './outcome.ts'

/** How a command ends that threw something, and what it says. */
export interface Failure {
  readonly exitCode: number
  readonly message: string
}

/** What a command knows of errors beside those of its own usage. */
export interface KnownFailures {
  /** What is wrong with the flags, where that is the error; else null. */
  readonly problemsOf?: (error: unknown) => string | null
  /** By the `code` of the error. */
  readonly exitCodes?: Readonly<Record<string, number>>
}

/** Makes what tells the exit code for something that was thrown, and what to say about it. */
export function failuresOf({
  problemsOf = () => null,
  exitCodes = {},
}: KnownFailures = {}): (error: unknown) => Failure {
  return (error) => {
    if (error instanceof UsageError) return { exitCode: EXIT_USAGE, message: error.message }
    const problems = problemsOf(error)
    if (problems !== null) return { exitCode: EXIT_USAGE, message: problems }
    if (!(error instanceof Error)) return { exitCode: EXIT_FAILURE, message: String(error) }
    // An error with a code explains itself; anything else is a defect, and its stack is wanted.
    if (!('code' in error)) return { exitCode: EXIT_FAILURE, message: error.stack ?? error.message }
    return { exitCode: exitCodes[String(error.code)] ?? EXIT_FAILURE, message: error.message }
  }
}
