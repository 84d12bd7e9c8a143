import { EXIT_FAILURE } from 'agentchat-sandbox-base/command/outcome'
import type { ExecutionError, ExecutionErrorKind } from '../sandbox/index.ts'

/** What a shell reports of a program that was ended by SIGPIPE: nobody reads its output any more. */
export const EXIT_NOBODY_READS = 141

/** The exit code for each way in which an execution can fail; those past 128 are what a shell knows from signals. */
export const EXIT_CODE_OF = {
  exception: 1,
  syntax: 1,
  package: 1,
  permission: 1,
  output: 1,
  timeout: 124,
  cpu: 124,
  memory: 137,
  cancelled: 130,
  crashed: EXIT_FAILURE,
} as const satisfies Record<ExecutionErrorKind, number>

/**
 * The exit code that a program chose by `sys.exit(n)`, as the operating system keeps it: one byte. Null for any other
 * end.
 */
export function chosenExitCode({ kind, name, message }: ExecutionError): number | null {
  if (kind !== 'exception' || name !== 'SystemExit' || !/^-?\d+$/.test(message)) return null
  return Number(BigInt.asUintN(8, BigInt(message)))
}
