/** What JSON of strangers may be, so that nothing which walks it overflows its stack or holds the event loop. */
export interface JsonBounds {
  /** Deepest nesting of lists and objects. */
  readonly maxDepth: number
  /**
   * What it may cost to parse: each value counts 1, each list or object 7, each new name 60, which is how long V8 takes for
   * them. A million is some 35 ms.
   */
  readonly maxWork: number
  /** Is the name `__proto__` refused? Many a program takes it for something else than a name. */
  readonly plainNames: boolean
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

/**
 * Parses JSON text of strangers: its nesting and its cost are known before anything is built.
 * @throws JsonBoundsError
 * @throws SyntaxError when it is no JSON
 */
export function parseJson(text: string, bounds: JsonBounds): unknown {
  checkJsonText(text, bounds)
  return JSON.parse(text)
}

const LIST_WORK = 7
const NAME_WORK = 60
const MAX_SHOWN_NAME = 100

/**
 * Checks JSON text against bounds, in one pass and without recursion. Whether it is JSON at all, its parser finds out.
 * @throws JsonBoundsError
 */
export function checkJsonText(text: string, { maxDepth, maxWork, plainNames }: JsonBounds): void {
  const names = new Set<string>()
  let depth = 0
  let work = 0
  let top = ''
  let quoted = ''
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index)
    if (char === QUOTE) {
      const end = endOfString(text, index)
      quoted = text.slice(index + 1, end)
      index = end
    } else if (char === COLON) {
      if (depth === 1) top = quoted
      if (plainNames && isPrototype(quoted))
        throw new JsonBoundsError('', 'must not hold the name "__proto__"')
      if (!names.has(quoted)) work += NAME_WORK
      names.add(quoted)
    } else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      depth += 1
      work += LIST_WORK
      if (depth > maxDepth) throw new JsonBoundsError(shown(top), `is nested deeper than ${maxDepth} levels`)
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth -= 1
    else if (char === COMMA) work += 1
    if (work > maxWork) throw new JsonBoundsError(shown(top), tooMuch(maxWork))
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

function tooMuch(maxWork: number): string {
  const counts = `each counts 1, a list or object ${LIST_WORK}, a new name ${NAME_WORK}`
  return `holds too many values: ${counts}, at most ${maxWork} together`
}

/** The place of the quote that ends a string; the end of the text where there is none. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return text.length
}

/** Each of its nine characters may be written as an escape of six. */
function isPrototype(quoted: string): boolean {
  if (quoted === '__proto__') return true
  if (quoted.length > 54 || !quoted.includes('\\')) return false
  try {
    return JSON.parse(`"${quoted}"`) === '__proto__'
  } catch {
    return false
  }
}

const shown = (name: string) => name.slice(0, MAX_SHOWN_NAME)
