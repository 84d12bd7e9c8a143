import { type ByteRedactor, markOf, type RedactionCounter } from '../byte-redactor.ts'
import { type FoundShape, type Hint, ShapeFinder } from './find-shapes.ts'
import { OWN_RULES } from './own-rules.ts'
import { keyContent, keyMayBegin, privateKeys } from './private-key.ts'
import { secretlintRules } from './secretlint-rules.ts'

/** Characters that are held of a word in which nothing begins. */
const MAX_HELD = 512
/** Characters of the longest thing that is found. */
const MAX_REACH = 9200
/** Characters before what is new that rules look at. */
const CONTEXT = 160
const PRIVATE_KEY = 'private-key'
/** Characters of a card in groups. */
const CARD_CHARS = 20

/** Takes what has the shape of a secret out of one stream. Bytes are looked at as letters of ASCII. */
export class ShapeRedactor implements ByteRedactor {
  readonly #finder: ShapeFinder
  readonly #counter: RedactionCounter
  /** What was shown last, and what is held. */
  #text = ''
  /** Where in it what is held begins. */
  #held = 0
  /** Characters of a private key that came; null where none is being left out. */
  #key: number | null = null
  /** Was what stands before what is held left out? */
  #isMarked = false

  constructor(finder: ShapeFinder, counter: RedactionCounter) {
    this.#finder = finder
    this.#counter = counter
  }

  get isHesitating(): boolean {
    if (this.#key !== null) return false
    return this.#held < this.#text.length && keyMayBegin(this.#text) === this.#text.length
  }

  push(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    return Buffer.from(this.#redact(false), 'latin1')
  }

  release(): Uint8Array {
    return Buffer.from(this.#show(this.#text.length), 'latin1')
  }

  cut(): Uint8Array {
    const { hints } = this.#finder.find(this.#text.slice(this.#held))
    const [first] = hints
    const shown = this.#show(first === undefined ? this.#text.length : this.#held + first.at)
    const mark = first === undefined ? '' : this.#mark('cut')
    this.#restart()
    return Buffer.from(`${shown}${mark}`, 'latin1')
  }

  resume(bytes: Uint8Array): Uint8Array {
    const shown = Buffer.from(this.push(bytes))
    return Buffer.concat([shown, this.end()])
  }

  end(): Uint8Array {
    const rest = this.#redact(true)
    this.#restart()
    return Buffer.from(rest, 'latin1')
  }

  #restart(): void {
    this.#text = ''
    this.#held = 0
    this.#key = null
    this.#isMarked = false
  }

  #redact(isEnd: boolean): string {
    if (!this.#passKey(isEnd)) return ''
    let shown = ''
    const key = this.#firstKey()
    const text = key === null ? this.#text : this.#text.slice(0, key.start)
    const { found, hints } = this.#finder.find(text)
    for (const each of inOrder(found)) shown += this.#leaveOut(each)
    if (key !== null) {
      shown += this.#show(key.start) + this.#mark(PRIVATE_KEY)
      this.#text = this.#text.slice(key.content)
      this.#held = 0
      this.#key = 0
      return shown + this.#redact(isEnd)
    }
    shown += this.#show(isEnd ? text.length : Math.max(this.#held, holdFrom(text, hints)))
    this.#forget()
    return shown
  }

  /** Leaves out what goes on of a key; false where its end may still come. */
  #passKey(isEnd: boolean): boolean {
    if (this.#key === null) return true
    const { length, isOver } = keyContent(this.#text, this.#held, this.#key)
    this.#text = this.#text.slice(this.#held + length)
    this.#held = 0
    this.#key = isOver || isEnd ? null : this.#key + length
    return this.#key === null
  }

  #firstKey(): { readonly start: number; readonly content: number } | null {
    if (this.#key !== null) return null
    for (const key of privateKeys(this.#text)) if (key.content > this.#held) return key
    return null
  }

  #leaveOut({ start, end, rule }: FoundShape): string {
    if (end <= this.#held) return ''
    const goesOn = start < this.#held && this.#isMarked
    const shown = start > this.#held ? this.#show(start) : ''
    this.#held = end
    this.#isMarked = true
    if (goesOn) return shown
    this.#counter.add(rule)
    return shown + markOf(rule)
  }

  #mark(rule: string): string {
    this.#counter.add(rule)
    return markOf(rule)
  }

  #show(to: number): string {
    if (to <= this.#held) return ''
    const shown = this.#text.slice(this.#held, to)
    this.#held = to
    this.#isMarked = false
    return shown
  }

  /** Keeps of what was shown what rules look at: the word that it ends in, or a few characters. */
  #forget(): void {
    const shown = this.#text.slice(0, this.#held)
    const word = lastWhile(shown, isInWord, MAX_REACH)
    const from = Math.max(0, Math.min(this.#held - CONTEXT, word))
    this.#text = this.#text.slice(from)
    this.#held -= from
  }
}

/** From where on a text is held: what may begin something, the word that it ends in, digits that may be a card. */
function holdFrom(text: string, hints: readonly Hint[]): number {
  const word = lastWhile(text, isInWord, MAX_HELD)
  const digits = lastWhile(text, isInCard, CARD_CHARS)
  const longest = lastWhile(text, isInWord, MAX_REACH)
  const open = hints.find(({ at }) => at >= longest)
  return Math.min(word, digits, open?.at ?? text.length, keyMayBegin(text))
}

/** Where the last characters begin that are all like this, at most so many. */
function lastWhile(text: string, isLike: (code: number) => boolean, most: number): number {
  const least = Math.max(0, text.length - most)
  let at = text.length
  while (at > least && isLike(text.charCodeAt(at - 1))) at--
  return at
}

function isInWord(code: number): boolean {
  // No controls, spaces and quotes.
  return code > 0x20 && code !== 0x22 && code !== 0x27 && code !== 0x60
}

function isInCard(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x20 || code === 0x2d
}

function inOrder(found: readonly FoundShape[]): FoundShape[] {
  return [...found].sort((one, other) => one.start - other.start || other.end - one.end)
}

/** Finds secrets by their shape, with all rules. */
export class Shapes {
  readonly #finder: ShapeFinder

  private constructor(finder: ShapeFinder) {
    this.#finder = finder
  }

  /** With all rules. secretlint is loaded by the first call. */
  static load(): Promise<Shapes> {
    loaded ??= secretlintRules().then((rules) => new Shapes(new ShapeFinder([...OWN_RULES, ...rules])))
    return loaded
  }

  /** Takes them out of one stream. */
  redactor(counter: RedactionCounter): ByteRedactor {
    return new ShapeRedactor(this.#finder, counter)
  }
}

let loaded: Promise<Shapes> | null = null
