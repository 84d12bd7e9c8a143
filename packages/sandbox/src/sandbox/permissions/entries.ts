import { InvalidOptionsError, type OptionProblem } from '../errors/errors.ts'

/**
 * Why one entry of a list cannot be granted, as the end of a sentence that begins with the entry: `is empty`.
 * It never leaves this folder: `parseEntries` turns it into a problem of an `InvalidOptionsError`.
 */
export class EntryRefusal extends Error {
  override readonly name = 'EntryRefusal'
}

/**
 * Parses each entry of the list option `option` with `parse`, which refuses by throwing an `EntryRefusal`.
 * @throws InvalidOptionsError with one problem for each entry that was refused
 */
export function parseEntries<Value>(
  option: string,
  entries: readonly string[],
  parse: (entry: string, index: number) => Value,
): Value[] {
  const problems: OptionProblem[] = []
  const values: Value[] = []
  for (const [index, entry] of entries.entries()) {
    try {
      if (typeof entry !== 'string') throw new EntryRefusal('is not a string')
      if (entry === '') throw new EntryRefusal('is empty')
      values.push(parse(entry, index))
    } catch (error) {
      if (!(error instanceof EntryRefusal)) throw error
      problems.push({ path: `${option}[${index}]`, problem: `${quoted(entry)} ${error.message}` })
    }
  }
  if (problems.length > 0) throw new InvalidOptionsError('options', problems)
  return values
}

/** Text for a message: in double quotes, at most 100 characters, nothing in it that moves a terminal's cursor. */
export function quoted(text: unknown): string {
  if (typeof text !== 'string') return `a value of type ${typeof text}`
  const cut = text.length > 100 ? `${text.slice(0, 100)}...` : text
  return JSON.stringify(cut).replace(/[\p{C}\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
