import { type JsonBounds, JsonBoundsError } from './json-bounds.ts'
import { OpenNames } from './open-names.ts'

const LIST_WORK = 7
const NAME_WORK = 60
/** What a string is that is no name, and a number that is more than some digits. */
const STRING_WORK = 3
const NUMBER_WORK = 2
/** The same of one that may lie between two of JavaScript's own: which is nearer, takes exact arithmetic. */
const LONG_NUMBER_WORK = 12
/** Python itself reads no whole number of more digits than 4300. */
const MAX_NUMBER_CHARS = 5000
/** A value of so many characters counts 1 more; a string with escapes for each eighth of that. */
const CHARS_OF_WORK = 64
const MAX_SHOWN_NAME = 100
/** A longer name is a new one. */
const MAX_NAME = 200
/** One that is still longer is none: who looks whether it came before has to keep it. */
const MAX_KEPT = 65_536
/** More digits than this, or a fraction, are no small integer. */
const SMALL_DIGITS = 9
const EASY_DIGITS = 16

/** Reads JSON text piece by piece, as it comes, and refuses it as soon as it is past a bound. */
export class JsonScan {
  readonly #bounds: JsonBounds
  readonly #names = new Set<string>()
  #depth = 0
  #work = 0
  /** The name at the top that the text is below of. */
  #top = ''
  /** The beginning of the last string. */
  #quoted = ''
  #inString = false
  #stringChars = 0
  #hasEscapes = false
  /** Does the last piece end within an escape? */
  #escaping = false
  readonly #open: OpenNames | null
  readonly #isBytes: boolean

  /** `of`: are its pieces text, or bytes of UTF-8 as `latin1` reads them? All that has a meaning in JSON is ASCII. */
  constructor(bounds: JsonBounds, of: 'text' | 'bytes' = 'text') {
    this.#bounds = bounds
    this.#open = bounds.uniqueNames ? new OpenNames() : null
    this.#isBytes = of === 'bytes'
  }

  /** Reads the next piece. @throws JsonBoundsError */
  read(text: string): void {
    let index = this.#inString ? this.#string(text, 0) : 0
    for (; index < text.length; index += 1) {
      const char = text.charCodeAt(index)
      if (char === QUOTE) {
        this.#inString = true
        this.#quoted = ''
        this.#stringChars = 0
        this.#hasEscapes = false
        index = this.#string(text, index + 1) - 1
      } else if (char === COLON) this.#name()
      else if (char === OPEN_LIST || char === OPEN_OBJECT) {
        this.#depth += 1
        this.#charge(LIST_WORK)
        if (this.#depth > this.#bounds.maxDepth)
          throw this.#refused(`is nested deeper than ${this.#bounds.maxDepth} levels`)
        if (char === OPEN_OBJECT) this.#open?.open(this.#depth)
      } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) this.#depth -= 1
      else if (char === COMMA) this.#charge(1)
      else if (isOfNumber(char)) index = this.#number(text, index) - 1
    }
  }

  /** Reads a string on from an index within it; gives the index behind it, or the end of the text. */
  #string(text: string, start: number): number {
    const end = this.#endOfString(text, start)
    if (this.#quoted.length <= MAX_KEPT)
      this.#quoted += text.slice(start, Math.min(end, start + MAX_KEPT + 1))
    this.#stringChars += end - start
    if (end === text.length) return end
    this.#inString = false
    const perWork = this.#hasEscapes ? CHARS_OF_WORK / 8 : CHARS_OF_WORK
    this.#charge(STRING_WORK + Math.floor(this.#stringChars / perWork))
    return end + 1
  }

  /** The place of the quote that ends the string; the end of the text where there is none. */
  #endOfString(text: string, start: number): number {
    const escaping = this.#escaping
    this.#escaping = false
    const escapesBefore = (index: number) => {
      let slashes = 0
      while (index - 1 - slashes >= start && text.charCodeAt(index - 1 - slashes) === BACKSLASH) slashes += 1
      if (slashes > 0) this.#hasEscapes = true
      return (index - slashes === start && escaping ? slashes + 1 : slashes) % 2 === 1
    }
    for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1))
      if (!escapesBefore(end)) {
        this.#hasEscapes ||= text.slice(start, end).includes('\\')
        return end
      }
    this.#hasEscapes ||= text.indexOf('\\', start) !== -1
    this.#escaping = escapesBefore(text.length)
    return text.length
  }

  /** The last string was a name. */
  #name(): void {
    if (this.#depth === 1) this.#top = this.#quoted
    if (this.#bounds.plainNames && isPrototype(this.#quoted))
      throw new JsonBoundsError('', 'must not hold the name "__proto__"')
    if (this.#open !== null) this.#demandNew(this.#open)
    const isKnown = this.#quoted.length <= MAX_NAME && this.#names.has(this.#quoted)
    this.#charge((isKnown ? 1 : NAME_WORK) - STRING_WORK)
    if (!isKnown && this.#quoted.length <= MAX_NAME) this.#names.add(this.#quoted)
  }

  /** Which of two values counts, readers do not agree on: what one has checked, another one does not take. */
  #demandNew(open: OpenNames): void {
    if (this.#quoted.length > MAX_KEPT)
      throw this.#refused(`holds a name of more than ${MAX_KEPT} characters`)
    if (!open.isRepeated(this.#depth, this.#quoted, this.#isBytes)) return
    const shown = this.#quoted.slice(0, MAX_SHOWN_NAME)
    if (this.#depth === 1) throw new JsonBoundsError(shown, 'must not be there twice')
    throw this.#refused(`must not hold the name "${shown}" twice in one object`)
  }

  #number(text: string, start: number): number {
    let isSmall = true
    let digits = 0
    let end = start
    for (; end < text.length; end += 1) {
      const char = text.charCodeAt(end)
      if (char === DOT || char === LOWER_E || char === UPPER_E || char === PLUS) isSmall = false
      else if (!isOfNumber(char)) break
      else if (digits > 0 || char > ZERO) digits += 1
    }
    const chars = end - start
    if (chars > MAX_NUMBER_CHARS)
      throw this.#refused(`holds a number of more than ${MAX_NUMBER_CHARS} characters`)
    if (digits > EASY_DIGITS) this.#charge(LONG_NUMBER_WORK + Math.floor(chars / CHARS_OF_WORK))
    else if (!isSmall || chars > SMALL_DIGITS) this.#charge(NUMBER_WORK)
    return end
  }

  #charge(work: number): void {
    this.#work += work
    if (this.#work > this.#bounds.maxWork) throw this.#refused(tooMuch(this.#bounds.maxWork))
  }

  #refused(problem: string): JsonBoundsError {
    return new JsonBoundsError(this.#top.slice(0, MAX_SHOWN_NAME), problem)
  }
}

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const DOT = 0x2e
const COLON = 0x3a
const UPPER_E = 0x45
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const LOWER_E = 0x65
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

function isOfNumber(char: number): boolean {
  return (char >= 0x30 && char <= 0x39) || char === MINUS
}

function tooMuch(maxWork: number): string {
  const counts = `each counts 1, a string or a number past ${SMALL_DIGITS} digits ${STRING_WORK}, one past ${EASY_DIGITS} ${LONG_NUMBER_WORK + 1}, a list or object ${LIST_WORK}, a new name ${NAME_WORK}`
  return `holds too many values: ${counts}, at most ${maxWork} together`
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
