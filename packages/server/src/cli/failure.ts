import { EXIT_FAILURE, EXIT_USAGE, UsageError } from 'agentchat-sandbox-base/command/outcome'

/** The exit code for something that was thrown, and what to say about it. */
export function describeFailure(error: unknown): { exitCode: number; message: string } {
  if (error instanceof UsageError) return { exitCode: EXIT_USAGE, message: error.message }
  if (!(error instanceof Error)) return { exitCode: EXIT_FAILURE, message: String(error) }
  // An error with a code explains itself; anything else is a defect, and its stack is wanted.
  const message = 'code' in error ? error.message : (error.stack ?? error.message)
  return { exitCode: EXIT_FAILURE, message }
}
