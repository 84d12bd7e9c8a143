/** A piece of a text: as it is, or a character that nobody would see, by its name. */
export type VisiblePiece = string | { readonly code: string; readonly name: string }

/**
 * Characters that change how others are shown, or are not seen: controls, zero widths, directions, tags, fillers, and what
 * separates lines elsewhere. Line feed and tab are what they look like.
 */
const UNSEEN = new RegExp(
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f` +
    String.raw`\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]`,
  'u',
)

const NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  13: 'carriage return',
  27: 'escape',
  173: 'soft hyphen',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
}

/** A text in pieces, so that what cannot be seen can be shown. Emoji keep what joins them. */
export function visiblePieces(text: string): VisiblePiece[] {
  if (!UNSEEN.test(text)) return [text]
  const pieces: VisiblePiece[] = []
  let plain = ''
  const characters = [...text]
  for (const [index, character] of characters.entries()) {
    if (!UNSEEN.test(character) || isOfEmoji(characters, index)) {
      plain += character
      continue
    }
    if (plain !== '') pieces.push(plain)
    plain = ''
    const point = character.codePointAt(0) ?? 0
    const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
    pieces.push({ code, name: NAMES[point] ?? 'invisible character' })
  }
  if (plain !== '') pieces.push(plain)
  return pieces
}

const PICTURE = /\p{Extended_Pictographic}/u

/** Does the character only say how the picture before it looks, or join it with the next one? */
function isOfEmoji(characters: readonly string[], index: number): boolean {
  const [before = '', character = '', after = ''] = characters.slice(Math.max(0, index - 1), index + 2)
  if (index === 0) return false
  if (character === '\ufe0f') return /[\p{Extended_Pictographic}\d#*]/u.test(before)
  return (
    character === '\u200d' &&
    PICTURE.test(after) &&
    (before === '\ufe0f' || /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u.test(before))
  )
}
