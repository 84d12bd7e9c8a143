/** A key, or the text ends before it is clear whether one follows. */
const HEADER =
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?=(?:\s|\\[nr]){0,6}(?:[A-Za-z0-9+/=]{24}|[A-Z][A-Za-z-]{3,10}:))/g
const CLOSE = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/y
/** The beginning of such a text. */
const UNCLEAR = /^-----BEGIN [A-Z0-9 -]{0,60}(?:\s|\\[nr]?){0,6}[A-Za-z0-9+/=-]{0,24}$/
/** Longest line that closes one. */
const CLOSE_CHARS = 80
/** More than this is no key. */
const MAX_CHARS = 16_384
/** Lines with other characters come at the beginning alone: how it is encrypted. */
const PREAMBLE_CHARS = 300
/** A line of a key has more; a word has fewer. */
const LINE_CHARS = 24

/** Beginnings of private keys in a text: where each begins, and where its content does. */
export function* privateKeys(text: string): Generator<{ readonly start: number; readonly content: number }> {
  for (const { 0: header, index } of text.matchAll(HEADER))
    yield { start: index, content: index + header.length }
}

/** From where on a text must be held because a key may begin there; its length where none may. */
export function keyMayBegin(text: string): number {
  const at = text.lastIndexOf('-----BEGIN ')
  if (at < 0 || text.length - at > 2 * CLOSE_CHARS) return text.length
  return UNCLEAR.test(text.slice(at)) ? at : text.length
}

/** How a key goes on in what comes next. */
export interface KeyContent {
  /** Characters that belong to it. */
  readonly length: number
  readonly isOver: boolean
}

/**
 * How much of a text from a place on is the content of a private key, of which so many characters came before. Where it is
 * not over and more of the text is left, that may be the line that closes it.
 */
export function keyContent(text: string, from: number, before: number): KeyContent {
  const most = Math.min(text.length, from + MAX_CHARS - before)
  let inLine = 0
  let at = from
  for (; at < most; at++) {
    const kind = kindOf(text.charCodeAt(at))
    if (kind === 'key') inLine += 1
    else if (kind === 'other' && !isPreamble(text, at, before + at - from)) break
    else if (kind === 'space' && inLine > 0 && inLine < LINE_CHARS && before + at - from > PREAMBLE_CHARS)
      break
    else inLine = 0
  }
  if (at >= MAX_CHARS - before + from) return { length: at - from, isOver: true }
  if (at === text.length) return { length: at - from, isOver: false }
  return closed(text, from, at)
}

function closed(text: string, from: number, at: number): KeyContent {
  CLOSE.lastIndex = at
  const close = CLOSE.exec(text)
  if (close !== null) return { length: at + close[0].length - from, isOver: true }
  const mayClose = text[at] === '-' && text.length - at < CLOSE_CHARS
  return { length: at - from, isOver: !mayClose }
}

function isPreamble(text: string, at: number, chars: number): boolean {
  if (chars >= PREAMBLE_CHARS) return false
  const [character = '\0', next = '-'] = text.slice(at, at + 2)
  return character === '-' ? next !== '-' : ':,.()@<>'.includes(character)
}

function kindOf(code: number): 'key' | 'space' | 'line' | 'other' {
  if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) return 'key'
  if ((code >= 0x2f && code <= 0x39) || code === 0x2b || code === 0x3d) return 'key'
  if (code === 0x20 || code === 0x09) return 'space'
  return code === 0x0a || code === 0x0d || code === 0x5c ? 'line' : 'other'
}
