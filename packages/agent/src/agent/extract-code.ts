import { PythonStrings } from './python-strings.ts'
import { withoutThoughts } from './thoughts.ts'

/** What of a message is code. */
export interface ExtractedCode {
  /** The blocks in one, in their order; null where there is none. */
  readonly code: string | null
  readonly blocks: number
  /** Did the message end within the last block? */
  readonly unclosed: boolean
}

/** Fences that say so, and those that say nothing. */
const PYTHON = new Set(['python', 'py', 'python3', 'ipython', 'tool_code'])

interface Block {
  readonly language: string
  readonly lines: readonly string[]
  readonly closed: boolean
}

/**
 * Finds the code in a message of a model: fences marked as Python, or where there is none of these, fences without a mark.
 * A fence inside a string of Python ends nothing. `tags` names other marks, such as `execute` for `<execute>`; where the
 * message has one of them, fences are text. What the model thought first (`<think>`) is not looked at.
 */
export function extractCode(message: string, tags: readonly string[] = []): ExtractedCode {
  const lines = withoutThoughts(message).split(/\r\n|\n|\r/)
  const tagged = tags.flatMap((tag) => taggedBlocks(lines, tag))
  if (tagged.length > 0) return joined(tagged)
  const blocks = fencedBlocks(lines)
  const marked = blocks.filter(({ language }) => PYTHON.has(language))
  return joined(marked.length > 0 ? marked : blocks.filter(({ language }) => language === ''))
}

function joined(blocks: readonly Block[]): ExtractedCode {
  const filled = blocks.filter(({ lines }) => lines.some((line) => line.trim() !== ''))
  return {
    code: filled.length === 0 ? null : filled.map(({ lines }) => dedented(lines).join('\n')).join('\n\n'),
    blocks: filled.length,
    unclosed: blocks.at(-1)?.closed === false,
  }
}

function fencedBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  const last = lines.findLastIndex((line) => line.trim() !== '')
  for (let index = 0; index < lines.length; index += 1) {
    const opened = /^\s{0,12}(`{3,}|~{3,})\s*([\w.+-]*)/.exec(lines[index] ?? '')
    const [, fence = '', language = ''] = opened ?? []
    // A line such as ```x = 1``` opens nothing.
    if (opened === null || (lines[index] ?? '').slice(opened[0].length).includes('`')) continue
    const isEnd = (line: string, at: number) => {
      const text = line.trim()
      // As with tags, half of an end is one where the message ends with it; no Python does.
      const isLong = text.length >= fence.length || (at === last && text !== '')
      return isLong && text === (fence[0] ?? '').repeat(text.length)
    }
    const { end, closed } = endOf(lines, index + 1, isEnd)
    blocks.push({ language: language.toLowerCase(), lines: lines.slice(index + 1, end), closed })
    index = end
  }
  return blocks
}

function taggedBlocks(lines: readonly string[], tag: string): Block[] {
  const blocks: Block[] = []
  const [begin, finish] = [`<${tag}>`, `</${tag}>`]
  // Half of an end is one, where the message ends with it: endpoints cut the text at which they stop.
  const isEnd = (each: string) => each.includes(finish) || each.trim() === `</${tag}`
  let [index, rest] = [0, lines[0] ?? '']
  for (;;) {
    const opened = rest.indexOf(begin)
    if (opened < 0) {
      index += 1
      if (index >= lines.length) break
      rest = lines[index] ?? ''
      continue
    }
    const after = rest.slice(opened + begin.length)
    const inLine = after.indexOf(finish)
    if (inLine >= 0) {
      blocks.push({ language: tag, lines: [after.slice(0, inLine).trim()], closed: true })
      rest = after.slice(inLine + finish.length)
      continue
    }
    const { end, closed } = endOf(lines, index + 1, isEnd)
    const [last = ''] = (lines[end] ?? '').split(`</${tag}`, 1)
    const others = [...lines.slice(index + 1, end), last]
    const inner = [aligned(after, others), ...others]
    // What stands on the lines of the marks is code; where nothing does, these are no lines of it.
    const code = inner.filter((each, at) => each.trim() !== '' || (at > 0 && at < inner.length - 1))
    blocks.push({ language: tag, lines: code, closed })
    const [line, at] = [lines[end] ?? '', (lines[end] ?? '').indexOf(finish)]
    index = end
    rest = at < 0 ? '' : line.slice(at + finish.length)
  }
  // After whole blocks one that has no end was cut with the message: half of it would run.
  const whole = blocks.filter(({ closed }) => closed)
  return whole.length > 0 ? whole : blocks
}

/**
 * The line that ends a block: the first mark that does not stand in a string. Where the string never ends, its quotes
 * were a mistake, and the first mark of all ends the block.
 */
function endOf(
  lines: readonly string[],
  start: number,
  isEnd: (line: string, index: number) => boolean,
): { readonly end: number; readonly closed: boolean } {
  const strings = new PythonStrings()
  let first: number | null = null
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (isEnd(line, index)) {
      if (!strings.isOpen) return { end: index, closed: true }
      first ??= index
    }
    strings.read(line)
  }
  return { end: first ?? lines.length, closed: first !== null }
}

/** Code on the line of a mark, with no more of the blanks behind that mark than the lines after it have. */
function aligned(line: string, others: readonly string[]): string {
  const depth = Math.min(indentOf(line), ...others.filter((each) => each.trim() !== '').map(indentOf))
  return line.slice(0, depth) + line.trimStart()
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Without the indentation that all lines share, as in a list of Markdown. */
function dedented(lines: readonly string[]): string[] {
  const filled = lines.filter((line) => line.trim() !== '')
  const depth = Math.min(...filled.map(indentOf))
  return lines.map((line) => line.slice(depth))
}
