import { isIgnorable } from './ignorable.ts'
import { TerminalText } from './terminal-text.ts'

const ESCAPE = '\x1b'
/** Texts of which every character counts. */
const PLAIN = /^[ -~]*$/

/** A text as it is compared: without what a reader does not see, and in small letters. As UTF-8. */
export function tightShadow(text: string): Buffer {
  if (PLAIN.test(text)) return Buffer.from(text.toLowerCase(), 'latin1')
  return Buffer.from(inSmallLetters(withoutIgnorable(text)), 'utf8')
}

/** The same without sequences for terminals, and without quoted line ends. */
export function looseShadow(text: string): Buffer {
  if (!text.includes(ESCAPE) && !text.includes('\\')) return tightShadow(text)
  const kept: number[] = []
  const terminal = new TerminalText((byte) => kept.push(byte))
  const bytes = Buffer.from(inSmallLetters(text), 'utf8')
  for (const [place, byte] of bytes.entries()) {
    terminal.take(byte, byte < 0x20 || byte === 0x7f ? 0 : byte, place)
  }
  return Buffer.from(withoutIgnorable(Buffer.from(kept).toString('utf8')), 'utf8')
}

function withoutIgnorable(text: string): string {
  let kept = ''
  for (const character of text) {
    if (!isIgnorable(character.codePointAt(0) ?? 0)) kept += character
  }
  return kept
}

function inSmallLetters(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
