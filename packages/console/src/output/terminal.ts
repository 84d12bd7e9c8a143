import Anser from 'anser'

/** A stretch of a line in one look. */
export interface Span {
  readonly text: string
  /** Classes of its colours and weight; empty for the usual look. */
  readonly look: string
  readonly stream: 'stdout' | 'stderr'
}

/** A line that will not change any more, or the last one. */
export type Line = readonly Span[]

const MAX_LINES = 200_000
const MAX_HELD = 64
const MAX_COLOURS = 8
const [ESC, BEL] = [String.raw`\u001b`, String.raw`\u0007`]
/** What moves the cursor or erases; colours are left to Anser, everything else is dropped. */
const CONTROL = new RegExp(
  [
    ...[String.raw`\r`, String.raw`\n`, String.raw`\u0008`],
    String.raw`${ESC}\[([0-9;?]*)([A-HJKSTfhlnsu])`,
    String.raw`${ESC}\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\)`,
    `${ESC}[()][A-Z0-9]`,
    `${ESC}[=>78cDEHMN]`,
  ].join('|'),
  'g',
)
const COLOUR = new RegExp(String.raw`${ESC}\[([0-9;]*)m`, 'g')
/** The beginning of an escape whose end has not come. */
const UNFINISHED = new RegExp(String.raw`${ESC}(?:\[[0-9;?]*|\][^${BEL}${ESC}]*${ESC}?|[()])?$`)

/**
 * What a program printed, as a terminal would show it: lines in their colours, with what `\r` and `\b` wrote over. Anything
 * else that a terminal can do (moving up, clearing the screen, titles, links) is left out.
 */
export class Terminal {
  readonly #lines: Line[] = []
  #current: Span[] = []
  #length = 0
  #cursor = 0
  #held = ''
  #dropped = 0
  /** The escapes of the colours that hold where the next piece begins. */
  #colours: string[] = []

  /** How many lines there are, with one that has no end yet. */
  get size(): number {
    return this.#lines.length + (this.#length > 0 ? 1 : 0)
  }

  /** How many of the first lines are not held any more. */
  get dropped(): number {
    return this.#dropped
  }

  /** The lines from `from` up to and without `to`. */
  slice(from: number, to: number): Line[] {
    const some = this.#lines.slice(from, to)
    if (to > this.#lines.length && this.#length > 0) some.push([...this.#current])
    return some
  }

  /** The whole as plain text. */
  text(): string {
    return this.slice(0, this.size)
      .map((line) => line.map(({ text }) => text).join(''))
      .join('\n')
  }

  write(stream: Span['stream'], chunk: string): void {
    const text = this.#held + chunk
    const [tail = ''] = UNFINISHED.exec(text.slice(-MAX_HELD)) ?? []
    this.#held = tail
    const whole = tail === '' ? text : text.slice(0, -tail.length)
    let at = 0
    for (const control of whole.matchAll(CONTROL)) {
      this.#print(stream, whole.slice(at, control.index))
      at = control.index + control[0].length
      this.#obey(control)
    }
    this.#print(stream, whole.slice(at))
  }

  #obey([sign, parameter = '', command]: RegExpMatchArray): void {
    if (sign === '\n') this.#end()
    else if (sign === '\r') this.#cursor = 0
    else if (sign === '\b') this.#cursor = Math.max(0, this.#cursor - 1)
    else if (command === 'K') this.#erase(parameter)
    else if (command === 'G')
      this.#cursor = Math.min(this.#length, Math.max(0, (Number.parseInt(parameter, 10) || 1) - 1))
    else if (command === 'D') this.#cursor = Math.max(0, this.#cursor - (Number.parseInt(parameter, 10) || 1))
  }

  #end(): void {
    this.#lines.push(this.#current)
    this.#current = []
    this.#length = 0
    this.#cursor = 0
    if (this.#lines.length <= MAX_LINES * 1.1) return
    const surplus = this.#lines.length - MAX_LINES
    this.#lines.splice(0, surplus)
    this.#dropped += surplus
  }

  #erase(parameter: string): void {
    if (parameter === '2' || parameter === '1') {
      this.#current = []
      this.#length = 0
      this.#cursor = 0
      return
    }
    this.#current = part(this.#current, 0, this.#cursor)
    this.#length = Math.min(this.#length, this.#cursor)
  }

  #print(stream: Span['stream'], text: string): void {
    if (text === '') return
    // Most lines have no colours, and there may be very many of them.
    if (this.#colours.length === 0 && !text.includes('\u001b')) {
      this.#put({ text, look: '', stream })
      return
    }
    // Anser knows nothing of the piece before.
    for (const piece of Anser.ansiToJson(this.#colours.join('') + text, {
      use_classes: true,
      remove_empty: true,
      json: true,
    })) {
      if (piece.content === '') continue
      this.#put({ text: piece.content, look: lookOf(piece), stream })
    }
    this.#keepColours(text)
  }

  #keepColours(text: string): void {
    for (const [whole, parameter = ''] of text.matchAll(COLOUR)) {
      if (/^0*(;|$)/.test(parameter)) this.#colours = []
      if (!/^0*$/.test(parameter)) this.#colours.push(whole)
    }
    // Nothing needs more of them that is not meant to be expensive.
    this.#colours = this.#colours.slice(-MAX_COLOURS)
  }

  #put(span: Span): void {
    const end = this.#cursor + span.text.length
    const last = this.#current.at(-1)
    if (this.#cursor < this.#length)
      this.#current = [
        ...part(this.#current, 0, this.#cursor),
        span,
        ...part(this.#current, end, this.#length),
      ]
    else if (last !== undefined && last.look === span.look && last.stream === span.stream)
      this.#current[this.#current.length - 1] = { ...last, text: last.text + span.text }
    else this.#current.push(span)
    this.#cursor = end
    this.#length = Math.max(this.#length, end)
  }
}

/** The spans from one column up to another. */
function part(line: readonly Span[], from: number, to: number): Span[] {
  const found: Span[] = []
  let at = 0
  for (const span of line) {
    const text = span.text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (text !== '') found.push({ ...span, text })
    at += span.text.length
  }
  return found
}

const COLOURS = /^ansi-(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white)$/
const DECORATIONS: Readonly<Record<string, string>> = {
  bold: 'ansi-bold',
  dim: 'ansi-dim',
  italic: 'ansi-italic',
  underline: 'ansi-underline',
  strikethrough: 'ansi-strike',
}

/** Classes for what Anser found; colours out of the sixteen are the nearest of these. */
function lookOf({
  fg,
  bg,
  decorations,
  isInverted,
}: Anser.AnserJsonEntry & { isInverted?: boolean }): string {
  const classes = [
    ...(typeof fg === 'string' ? [COLOURS.test(fg) ? fg : paletteClass(fg)] : []),
    ...(typeof bg === 'string' && COLOURS.test(bg) ? [`${bg}-bg`] : []),
    ...(decorations ?? []).map((name) => DECORATIONS[name] ?? ''),
    ...(isInverted ? ['ansi-inverted'] : []),
  ]
  return classes.filter((name) => name !== '').join(' ')
}

const SIXTEEN = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** One of the 256 colours, as far as the page has it. */
function paletteClass(name: string): string {
  const number = Number(/^ansi-palette-(\d+)$/.exec(name)?.[1] ?? Number.NaN)
  if (!(number >= 16 && number < 232)) return number < 16 ? `ansi-${SIXTEEN[number % 8]}` : ''
  const [red, green, blue] = [
    Math.floor((number - 16) / 36),
    Math.floor((number - 16) / 6) % 6,
    (number - 16) % 6,
  ]
  const most = Math.max(red, green, blue)
  const on = (value: number) => (most > 0 && value * 2 > most ? 1 : 0)
  return `ansi-${SIXTEEN[on(red) + 2 * on(green) + 4 * on(blue)]}`
}
