import { ROOT_BYTES } from './form-automaton.ts'
import { isIgnorable } from './ignorable.ts'

/**
 * How many of the first bytes may be the end of a secret whose beginning is missing: those of the longest end of a form, of
 * four bytes at least, that they begin with. For a text that was cut there.
 */
export function endOfSecret(forms: readonly Uint8Array[], bytes: Uint8Array): number {
  const most = forms.reduce((length, form) => Math.max(length, form.length), 0)
  const { shadow, places } = shadowOf(bytes, most)
  if (shadow.length < ROOT_BYTES) return 0
  const first = shadow.subarray(0, ROOT_BYTES)
  let longest = 0
  for (const form of forms) {
    const view = Buffer.from(form.buffer, form.byteOffset, form.length)
    for (let at = view.indexOf(first, 1); at >= 0; at = view.indexOf(first, at + 1)) {
      const length = form.length - at
      if (length > longest && shadow.subarray(0, length).equals(view.subarray(at))) longest = length
    }
  }
  return longest === 0 ? 0 : (places[longest - 1] ?? 0) + 1
}

/** The first bytes that count, and where they are; the first characters may be the rest of one that was cut. */
function shadowOf(bytes: Uint8Array, most: number): { shadow: Buffer; places: number[] } {
  const counted: number[] = []
  const places: number[] = []
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  // The rest of a character that was cut in two.
  while (at < 3 && (view[at] ?? 0) >> 6 === 2) at++
  while (at < bytes.length && counted.length < most) {
    const length = lengthAt(bytes[at] ?? 0)
    const character = view.subarray(at, at + length)
    if (!isIgnorable(character.toString('utf8').codePointAt(0) ?? 0)) {
      for (const [index, byte] of character.entries()) {
        counted.push(byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)
        places.push(at + index)
      }
    }
    at += length
  }
  return { shadow: Buffer.from(counted), places }
}

function lengthAt(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 1
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
}
