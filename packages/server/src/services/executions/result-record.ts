import type { LeftOut, RecordedResult } from './recorded-result.ts'
import { piecesOf, type ResultTexts } from './result-texts.ts'

/** What the row of an execution holds of its result, at most, in bytes of JSON. */
export const MAX_RECORD_BYTES = 2 ** 20
/** However little room there is, the end of an execution is recorded. */
const MIN_RECORD_BYTES = 8192
/** A string in JSON is at most so much longer: each character as `\u0000`. */
const ESCAPED = 6

/** Is a result too large for its row? */
export function isTooLarge({ bytes }: ResultTexts, room: number): boolean {
  return bytes > limitOf(room)
}

function limitOf(room: number): number {
  return Math.max(MIN_RECORD_BYTES, Math.min(MAX_RECORD_BYTES, room))
}

/** The JSON of the row: the whole result, or of a large one what there is room for, with what was left out. */
export function recordOf(
  result: RecordedResult,
  { texts, room, kept }: { readonly texts: ResultTexts; readonly room: number; readonly kept: boolean },
): string {
  if (!isTooLarge(texts, room)) return [...piecesOf(texts)].join('')
  const fields = new Map(texts.fields)
  const left: string[] = []
  // Room for what says what was left out.
  let free = limitOf(room) - 2048
  const take = (text: string) => {
    const bytes = Buffer.byteLength(text)
    if (bytes > free) return false
    free -= bytes
    return true
  }
  for (const [name, text] of texts.fields) if (!(name in SHORTER) && !take(text)) fields.set(name, 'null')
  for (const name of Object.keys(SHORTER) as (keyof typeof SHORTER)[]) {
    if (take(fields.get(name) ?? 'null')) continue
    const text = JSON.stringify(SHORTER[name](result, free))
    take(text)
    fields.set(name, text)
    left.push(name)
  }
  let omitted = 0
  const displays = result.displays.flatMap(({ mime }, index) => {
    const whole = texts.displays[index] ?? 'null'
    if (take(whole)) return [whole]
    omitted += 1
    const label = JSON.stringify({ mime: mime.slice(0, 200), data: null, metadata: {} })
    return take(label) ? [label] : []
  })
  const leftOut: LeftOut = { bytes: texts.bytes, fields: left, displays: omitted, kept }
  fields.set('truncated', JSON.stringify({ ...result.truncated, record: leftOut }))
  return [...piecesOf({ fields, displays })].join('')
}

/** What stands for a field that is too large, for so many bytes; what matters most is given room first. */
const SHORTER = {
  error: ({ error }: RecordedResult) =>
    error && { ...error, message: error.message.slice(0, 200), traceback: '', hint: null },
  permissions: ({ permissions }: RecordedResult) => ({ ...permissions, used: [], denied: [] }),
  files: ({ files }: RecordedResult, bytes: number) => {
    let free = bytes / 2
    return files.filter((file) => {
      free -= JSON.stringify(file).length * ESCAPED
      return free > 0
    })
  },
  result: () => null,
  resultText: () => null,
  stderr: ({ stderr }: RecordedResult, bytes: number) => beginning(stderr, bytes / 2),
  stdout: ({ stdout }: RecordedResult, bytes: number) => beginning(stdout, bytes),
  timeline: () => [],
} as const

/** As much of a text as surely fits; never half a character. */
function beginning(text: string, bytes: number): string {
  let chars = Math.max(0, bytes - 2)
  while (chars > 0 && Buffer.byteLength(JSON.stringify(text.slice(0, chars))) > bytes)
    chars = Math.floor(chars / 2)
  return text.slice(0, chars).replace(/[\ud800-\udbff]$/, '')
}
