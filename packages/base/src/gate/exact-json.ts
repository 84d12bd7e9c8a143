import { randomUUID } from 'node:crypto'
import { type JsonBounds, parseJson } from './json-text.ts'

/** A value of JSON whose whole numbers may be larger than JavaScript's own numbers hold. */
export type ExactJsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ExactJsonValue[]
  | { readonly [key: string]: ExactJsonValue }

/** Shortest row of digits that may be a whole number past 2^53. */
const MANY_DIGITS = /\d{16}/
/** As text such a number has an exponent: nothing takes it for a whole number. */
const EXPONENT_FROM = 1e21

/** A number that has lost what it was before it came to us: an identifier of 18 digits, read by `JSON.parse`. */
export class InexactNumberError extends Error {
  override readonly name = 'InexactNumberError'
  readonly problem: string
  constructor(key: string, value: number) {
    const where = key === '' ? '' : ` at "${key.slice(0, 100)}"`
    super(`Cannot write ${value}${where} as JSON: past 2^53 a number is not exact`)
    this.problem = `holds ${value}${where}, and past 2^53 a number is not exact: give a BigInt, or a text`
  }
}

/** Is it a whole number that stands for its neighbours as well? */
export function isInexact(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    Math.abs(value) < EXPONENT_FROM
  )
}

/**
 * The JSON text of a value, with each BigInt as the number that it is; nothing where `JSON.stringify` gives nothing.
 * @throws InexactNumberError for a whole number past 2^53 that is no BigInt
 * @throws TypeError for what is no JSON
 */
export function exactJson(value: unknown): string | undefined {
  const quick = plainJson(value)
  if (quick !== null && !MANY_DIGITS.test(quick)) return quick === '' ? undefined : quick
  const mark = randomUUID()
  let marked = false
  const text = JSON.stringify(value, (key, item: unknown) => {
    if (isInexact(item)) throw new InexactNumberError(key, item)
    if (typeof item !== 'bigint') return item
    marked = true
    return `${mark}${item}`
  }) as string | undefined
  return marked ? text?.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1') : text
}

/** As `JSON.stringify` has it; '' where it gives nothing, null where there is a BigInt. */
function plainJson(value: unknown): string | null {
  try {
    return (JSON.stringify(value) as string | undefined) ?? ''
  } catch (error) {
    if (error instanceof TypeError && /BigInt/.test(error.message)) return null
    throw error
  }
}

/**
 * Parses JSON text of strangers; whole numbers that JavaScript's own do not hold are BigInts.
 * @throws JsonBoundsError
 * @throws SyntaxError when it is no JSON
 */
export function parseExactJson(text: string, bounds: JsonBounds): ExactJsonValue {
  const value = parseJson(text, bounds) as ExactJsonValue
  if (!MANY_DIGITS.test(text)) return value
  const mark = randomUUID()
  const marked = text.replaceAll(TOKENS, (token) => (isLargeInteger(token) ? `"${mark}${token}"` : token))
  return JSON.parse(marked, (_, item: unknown) =>
    typeof item === 'string' && item.startsWith(mark) ? BigInt(item.slice(mark.length)) : item,
  ) as ExactJsonValue
}

/** Strings and numbers; no string is taken for a number, and no part of one. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

function isLargeInteger(token: string): boolean {
  return token.length >= 16 && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
}

/** The same value with what JSON cannot hold as Python's results have it. */
export function withoutBigInts(value: ExactJsonValue): unknown {
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? { type: 'int', repr: String(item) } : item,
  )
  return JSON.parse(text)
}

/**
 * The text of a member of an object, as it stands in valid JSON text, where it holds a number that JavaScript would write
 * otherwise: one past 2^53, `1.0`. Null where it holds none, or is not there; of several the last counts.
 */
export function inexactMember(text: string, name: string): string | null {
  let depth = 0
  let start = -1
  let found: string | null = null
  let exact = true
  let key: string | null = null
  for (const { 0: token, index } of text.matchAll(STRUCTURE)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']' || token === ',') {
      const ends = depth === 1
      if (token !== ',') depth -= 1
      if (!ends) continue
      if (start !== -1) found = exact ? null : text.slice(start, index)
      start = -1
      key = null
    } else if (token === ':') {
      if (depth === 1 && key !== null && JSON.parse(key) === name) {
        start = index + 1
        exact = true
      }
    } else if (token.startsWith('"')) {
      if (depth === 1 && start === -1) key = token
    } else if (start !== -1 && String(Number(token)) !== token) exact = false
  }
  return found
}

const STRUCTURE = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:,]/g
