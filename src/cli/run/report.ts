import type { CodeExecutionResult, ExecutionError } from '../../sandbox/index.ts'
import type { OutputPipe } from '../output-pipe.ts'
import { paint } from '../terminal.ts'

/**
 * What to say on standard error when a run has ended: why it failed, what was left out, what became of its files. Empty
 * when all is well.
 */
export function reportOf(
  result: CodeExecutionResult,
  saved: readonly string[],
  { stdout, stderr }: { readonly stdout: OutputPipe; readonly stderr: OutputPipe },
): string {
  const failure = result.error === null ? [] : linesOf(result.error)
  const lines = [...truncationsOf(result), ...failure, ...saved.map(note)]
  if (lines.length === 0) return ''
  // A line that Python did not end must not run into ours.
  const open = stderr.inLine || (stdout.inLine && stdout.isTerminal && stderr.isTerminal)
  return `${open ? '\n' : ''}${lines.join('\n')}\n`
}

function truncationsOf({ truncated, usage }: CodeExecutionResult): string[] {
  const cut = (name: string, bytes: number) => note(`${name} was cut after ${bytes} bytes (--max-output)`)
  return [
    ...(truncated.stdout ? [cut('stdout', usage.stdoutBytes)] : []),
    ...(truncated.stderr ? [cut('stderr', usage.stderrBytes)] : []),
  ]
}

/** The traceback as Python prints it; then one line of ours, unless the traceback says it all. */
function linesOf(error: ExecutionError): string[] {
  if (error.name === 'SystemExit') return exitOf(error)
  const traceback = error.traceback === '' ? [] : [error.traceback.trimEnd()]
  const hint = error.hint === null ? [] : [note(`hint: ${error.hint}`)]
  switch (error.kind) {
    case 'exception':
    case 'syntax':
    case 'package':
    case 'permission':
      if (traceback.length > 0) return [...traceback, ...hint]
      return [`${error.name}${error.message === '' ? '' : `: ${error.message}`}`, ...hint]
    case 'timeout':
    case 'cpu':
    case 'memory':
    case 'output':
    case 'cancelled':
    case 'crashed':
      return [...traceback, note(`${error.kind}: ${shortOf(error)}`), ...hint]
  }
  return error.kind satisfies never
}

/** Python's own MemoryError mostly has no message, and where it has one, the traceback shows it. */
function shortOf({ kind, message, traceback }: ExecutionError): string {
  return kind === 'memory' && traceback !== '' ? 'Python ran out of memory (memoryLimitMb)' : message
}

/** `sys.exit(3)` says nothing, as in Python, but that its number is not our exit code; a text stands there already. */
function exitOf({ message }: ExecutionError): string[] {
  return /^-?\d+$/.test(message) ? [note(`Python ended itself with sys.exit(${message})`)] : []
}

function note(text: string): string {
  const { bold } = paint(process.stderr)
  return `${bold('agentchat-sandbox:')} ${text}`
}
