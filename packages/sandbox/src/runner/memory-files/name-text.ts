const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Half of a character stands for each byte that is not UTF-8, as Python's `surrogateescape` does it (PEP 383). */
const ESCAPE = 0xdc00

/** The text of a name that C has given. Each name has a text of its own, by which its bytes are found again. */
export function nameText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at)
    const piece = length === 0 ? undefined : decoded(bytes.subarray(at, at + length))
    text += piece ?? String.fromCharCode(ESCAPE + (bytes[at] ?? 0))
    at += piece === undefined ? 1 : length
  }
  return text
}

/** How many bytes the character here would have; 0 where none begins. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
