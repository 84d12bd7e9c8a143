/** Up to so many names of one object are compared one by one. */
const FEW = 8

interface Level {
  few: string[]
  many: Set<string> | null
}

/** The names of the objects that are open in JSON text, which finds one that comes twice in the same object. */
export class OpenNames {
  readonly #levels: Level[] = []

  /** An object begins at this depth. */
  open(depth: number): void {
    const level = this.#levels[depth]
    if (level === undefined) this.#levels[depth] = { few: [], many: null }
    else {
      level.few.length = 0
      level.many = null
    }
  }

  /** Has the object at this depth such a name already? From now on it has. `quoted` is as it stands between its quotes. */
  isRepeated(depth: number, quoted: string, isBytes: boolean): boolean {
    const level = this.#levels[depth]
    if (level === undefined) return false
    const name = nameOf(quoted, isBytes)
    if (level.many === null ? level.few.includes(name) : level.many.has(name)) return true
    if (level.many !== null) level.many.add(name)
    else if (level.few.push(name) > FEW) level.many = new Set(level.few)
    return false
  }
}

/** The name that a text stands for, as characters or, where the text is read as bytes, as the bytes of its UTF-8. */
function nameOf(quoted: string, isBytes: boolean): string {
  if (!quoted.includes('\\')) return quoted
  try {
    const text = isBytes ? Buffer.from(quoted, 'latin1').toString('utf8') : quoted
    const name: unknown = JSON.parse(`"${text}"`)
    if (typeof name !== 'string') return quoted
    return isBytes ? Buffer.from(name, 'utf8').toString('latin1') : name
  } catch {
    // It is no JSON, which its parser says.
    return quoted
  }
}
