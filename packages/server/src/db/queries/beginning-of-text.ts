/** A character is at most so long in JSON: "\u0000". */
const LONGEST_ESCAPE = 6

/** So much of the JSON that a text is stored as tells its first `chars` characters: a quote comes before them. */
export function storedLength(chars: number): number {
  return 1 + LONGEST_ESCAPE * chars
}

/** The first `chars` characters of a text, by the beginning of the JSON that it is stored as, or by all of it. */
export function beginningOfText(stored: string, chars: number): string {
  // What was cut lacks the quote at its end, and perhaps the rest of an escape.
  const readings = Array.from(
    { length: LONGEST_ESCAPE },
    (_, cut) => `${stored.slice(0, stored.length - cut)}"`,
  )
  for (const json of [stored, ...readings]) {
    const text = parsed(json)
    if (text !== null) return [...text].slice(0, chars).join('')
  }
  return ''
}

/** Null for what is no JSON. */
function parsed(json: string): string | null {
  try {
    return String(JSON.parse(json))
  } catch {
    return null
  }
}
