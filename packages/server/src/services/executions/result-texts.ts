import { setImmediate } from 'node:timers/promises'
import type { RecordedResult } from './recorded-result.ts'

/** After so much text others get their turn: writing it took some milliseconds. */
const TURN_CHARS = 2 ** 18

/** The JSON of a result, field by field, and display by display. */
export interface ResultTexts {
  readonly fields: ReadonlyMap<string, string>
  readonly displays: readonly string[]
  /** Of the whole JSON, in UTF-8. */
  readonly bytes: number
}

/** Writes a result as JSON, once. A large one is written in turns with whatever else there is to do. */
export async function textsOf(result: RecordedResult): Promise<ResultTexts> {
  const fields = new Map<string, string>()
  const displays: string[] = []
  let chars = 0
  const written = async (text: string) => {
    chars += text.length
    if (chars < TURN_CHARS) return
    chars = 0
    await setImmediate()
  }
  for (const [name, value] of Object.entries(result)) {
    if (name === 'displays' || value === undefined) continue
    const text = JSON.stringify(value)
    fields.set(name, text)
    await written(text)
  }
  for (const display of result.displays) {
    const text = JSON.stringify(display)
    displays.push(text)
    await written(text)
  }
  let bytes = 0
  for (const piece of piecesOf({ fields, displays })) bytes += Buffer.byteLength(piece)
  return { fields, displays, bytes }
}

/** The whole JSON, in pieces. */
export function* piecesOf({ fields, displays }: Omit<ResultTexts, 'bytes'>): Generator<string, void, void> {
  yield '{"displays":['
  for (const [index, text] of displays.entries()) {
    if (index > 0) yield ','
    yield text
  }
  yield ']'
  for (const [name, text] of fields) {
    yield `,${JSON.stringify(name)}:`
    yield text
  }
  yield '}'
}
