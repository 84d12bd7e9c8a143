import { paint } from 'agentchat-sandbox-base/command/terminal'
import type { CodeExecutionResult, ExecutionError } from '../../sandbox/index.ts'
import type { OutputPipe } from '../output-pipe.ts'

const MAX_DISPLAYS = 20
const MAX_TEXT_CHARS = 100

/**
 * What to say on standard error when a run has ended: what was shown, why it failed, what was left out, what became of
 * its files. Empty when all is well.
 */
export function reportOf(
  result: CodeExecutionResult,
  saved: readonly string[],
  { stdout, stderr }: { readonly stdout: OutputPipe; readonly stderr: OutputPipe },
): string {
  const failure = result.error === null ? [] : linesOf(result.error)
  const lines = [...displaysOf(result), ...truncationsOf(result), ...failure, ...saved.map(note)]
  if (lines.length === 0) return ''
  // A line that Python did not end must not run into ours.
  const open = stderr.inLine || (stdout.inLine && stdout.isTerminal && stderr.isTerminal)
  return `${open ? '\n' : ''}${lines.join('\n')}\n`
}

/** A terminal shows no pictures: says what there is. One display has several forms, which have its number. */
function displaysOf({ displays }: CodeExecutionResult): string[] {
  const forms = new Map<unknown, string[]>()
  for (const { mime, data, metadata } of displays) {
    const { id, width, height } = metadata
    const size = typeof width === 'number' && typeof height === 'number' ? ` ${width}x${height}` : ''
    const text = mime === 'text/plain' ? ` ${JSON.stringify(data).slice(0, MAX_TEXT_CHARS)}` : ''
    forms.set(id, [...(forms.get(id) ?? []), `${mime}${size}${text}`])
  }
  const lines = [...forms.values()].map((each) => note(`display: ${each.join(', ')}`))
  const more = lines.length - MAX_DISPLAYS
  return [...lines.slice(0, MAX_DISPLAYS), ...(more > 0 ? [note(`and ${more} more displays`)] : [])]
}

function truncationsOf({ truncated }: CodeExecutionResult): string[] {
  const cut = (['stdout', 'stderr'] as const)
    .filter((name) => truncated[name])
    .map((name) => note(`${name} was longer than --max-output, and not all of it was kept`))
  // Nothing of the receipt is shown here; `--json` has it, with what it leaves out.
  const counted = (['files', 'displays'] as const)
    .filter((name) => truncated[name] > 0)
    .map((name) => note(`${truncated[name]} ${name} were left out at a limit`))
  return [...cut, ...counted]
}

/** The traceback as Python prints it; then one line of ours, unless the traceback says it all. */
function linesOf(error: ExecutionError): string[] {
  // As in Python, which says nothing; a text stands there already.
  if (error.name === 'SystemExit') return []
  const traceback = error.traceback === '' ? [] : [error.traceback.trimEnd()]
  const hint = error.hint === null ? [] : [note(`hint: ${error.hint}`)]
  switch (error.kind) {
    case 'exception':
    case 'syntax':
    case 'permission':
      if (traceback.length > 0) return [...traceback, ...hint]
      return [`${error.name}${error.message === '' ? '' : `: ${error.message}`}`, ...hint]
    case 'package':
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

function note(text: string): string {
  const { bold } = paint(process.stderr)
  return `${bold('agentchat-sandbox:')} ${text}`
}
