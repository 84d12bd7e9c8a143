import { EXIT_FAILURE, EXIT_USAGE, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { problemsOfFlags } from 'agentchat-sandbox-base/command/sandbox-flags'

/** The exit code for something that was thrown, and what to say about it. */
export function describeFailure(error: unknown): { exitCode: number; message: string } {
  if (error instanceof UsageError) return { exitCode: EXIT_USAGE, message: error.message }
  const problems = problemsOfFlags(error)
  if (problems !== null) return { exitCode: EXIT_USAGE, message: problems }
  if (!(error instanceof Error)) return { exitCode: EXIT_FAILURE, message: String(error) }
  if ('code' in error && error.code === 'image-unknown')
    return { exitCode: EXIT_USAGE, message: error.message }
  // An error of the library explains itself; anything else is a defect, and its stack is wanted.
  return { exitCode: EXIT_FAILURE, message: 'code' in error ? error.message : (error.stack ?? error.message) }
}
