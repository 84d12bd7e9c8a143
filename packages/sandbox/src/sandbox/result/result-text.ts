import type { ExecutionOutcome, ResultFile, ToTextOptions } from './result.ts'
import { fenced, inlineCode, middleOut } from './text-pieces.ts'

const DEFAULT_MAX_CHARS = 10_000
const MIN_MAX_CHARS = 200
const MAX_LISTED = 20
const MAX_NAME_CHARS = 200

/** What the text of a result is made from. */
export type TextSource = Pick<
  ExecutionOutcome,
  | 'status'
  | 'result'
  | 'resultText'
  | 'stdout'
  | 'stderr'
  | 'error'
  | 'executionTime'
  | 'displays'
  | 'truncated'
  | 'sessionRestored'
> & { readonly files: readonly Pick<ResultFile, 'path' | 'size' | 'mime'>[] }

/**
 * One compact text of a result, for a model: status, value, output with head and tail, displays and files by name, error
 * and hint. Never longer than `maxChars` characters (default 10,000).
 * @throws RangeError when `maxChars` is not a whole number from 200
 */
export function resultToText(
  result: TextSource,
  { maxChars = DEFAULT_MAX_CHARS }: ToTextOptions = {},
): string {
  if (!Number.isInteger(maxChars) || maxChars < MIN_MAX_CHARS) {
    throw new RangeError(`Cannot use maxChars ${maxChars}: it must be a whole number from ${MIN_MAX_CHARS}`)
  }
  const printed = result.stdout !== '' || result.stderr !== ''
  const value = valueLines(result, Math.floor(maxChars / (printed ? 4 : 2)))
  const after = [
    ...displayLines(result),
    ...fileLines(result),
    ...errorLines(result, Math.floor(maxChars / 3)),
    ...restoredLines(result),
  ]
  if (!printed && after.length === 0) return middleOut(briefly(statusLine(result), value), maxChars)
  const before = [statusLine(result), ...value]
  const room = maxChars - lengthOf(before) - Math.min(lengthOf(after), Math.floor(maxChars / 2))
  const text = [...before, ...outputLines(result, room), ...after].join('\n')
  return middleOut(text, maxChars)
}

/** Where there is nothing but a value, or not even that: a line, where the value has no more. */
function briefly(status: string, [first = 'nothing was printed', ...others]: readonly string[]): string {
  return [`${status}, ${first}`, ...others].join('\n')
}

function statusLine({ status, error, executionTime }: TextSource): string {
  const kind = error === null ? '' : ` (${error.kind})`
  return `status: ${status}${kind} after ${executionTime.toFixed(2)} s`
}

/** The value as Python shows it, between fences where it has several lines; as JSON where that is all there is. */
function valueLines({ result, resultText, truncated }: TextSource, maxChars: number): string[] {
  const text = resultText ?? (result === null ? null : JSON.stringify(result))
  if (text === null) return []
  const cut = truncated.result ? ' (cut at its limit)' : ''
  const shown = middleOut(text, maxChars)
  return /[\n\r]/.test(shown) ? [`result${cut}:`, fenced(shown)] : [`result${cut}: ${shown}`]
}

/** Both streams within `room` characters: what one does not need is the other's. */
function outputLines({ stdout, stderr }: TextSource, room: number): string[] {
  const streams = [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const
  const written = streams.filter(([, text]) => text !== '')
  if (written.length === 0) return []
  // A name, two fences and line breaks stand around each.
  const each = Math.max(0, Math.floor(room / written.length) - 100)
  return written.flatMap(([name, text]) => {
    const spare = written.reduce(
      (sum, [, other]) => sum + (other === text ? 0 : Math.max(0, each - other.length)),
      0,
    )
    return [`${name}:`, fenced(middleOut(text, each + spare))]
  })
}

function displayLines({ displays, truncated }: TextSource): string[] {
  return listed('displays', displays, truncated.displays, ({ mime, data, metadata }) => {
    const { width, height } = metadata
    const size = typeof width === 'number' && typeof height === 'number' ? ` ${width}x${height}` : ''
    const text = mime === 'text/plain' && typeof data === 'string' ? ` ${inlineCode(data, 100)}` : ''
    return `${inlineCode(mime, MAX_NAME_CHARS)}${size}${text}`
  })
}

function fileLines({ files, truncated }: TextSource): string[] {
  return listed(
    'files',
    files,
    truncated.files,
    ({ path, size, mime }) => `${inlineCode(path, MAX_NAME_CHARS)} (${mime}, ${size} bytes)`,
  )
}

function listed<Item>(
  name: string,
  items: readonly Item[],
  dropped: number,
  show: (item: Item) => string,
): string[] {
  if (items.length === 0 && dropped === 0) return []
  const more = items.length > MAX_LISTED ? [`- and ${items.length - MAX_LISTED} more`] : []
  const lost = dropped > 0 ? [`- and ${dropped} that were left out at a limit`] : []
  return [`${name}:`, ...items.slice(0, MAX_LISTED).map((item) => `- ${show(item)}`), ...more, ...lost]
}

function errorLines({ error }: TextSource, maxChars: number): string[] {
  if (error === null) return []
  const message = middleOut(error.message, Math.floor(maxChars / 3))
  const where = error.line === null ? '' : ` (line ${error.line})`
  const traceback = error.traceback.trimEnd()
  return [
    `error${where}: ${error.name}${message === '' ? '' : `: ${message}`}`,
    ...(traceback === '' ? [] : [fenced(middleOut(traceback, Math.floor(maxChars / 2)))]),
    ...(error.hint === null ? [] : [`hint: ${error.hint}`]),
  ]
}

/** Code that goes on with variables that are no more would fail at each step anew. */
function restoredLines({ sessionRestored }: TextSource): string[] {
  // Records of before it was told have none.
  if (!sessionRestored) return []
  const { reason } = sessionRestored
  return [`session: restored (${reason}); variables and files are as they were when it was last kept`]
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}
