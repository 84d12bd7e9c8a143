import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
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
    this.problem = inexactProblem(value, where)
  }
}

/** What is wrong with such a number, and what to give in its place. */
export function inexactProblem(value: number, where = ''): string {
  return `holds ${value}${where}, and past 2^53 a number is not exact: give a BigInt, or a text`
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
 * Parses JSON text, that of strangers within bounds; whole numbers that JavaScript's own do not hold are BigInts.
 * @throws JsonBoundsError
 * @throws SyntaxError when it is no JSON
 */
export function parseExactJson(text: string, bounds?: JsonBounds): ExactJsonValue {
  const value = (bounds === undefined ? JSON.parse(text) : parseJson(text, bounds)) as ExactJsonValue
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
  if (plainJson(value) !== null) return value
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? { type: 'int', repr: String(item) } : item,
  )
  return JSON.parse(text)
}

/**
 * The text of a member of an object, as it stands in valid JSON text, where it holds a number that JavaScript would write
 * otherwise: one past 2^53, `1.0`. Null where it holds none, or is not there; of several the last counts. Between the
 * parts of a long text others have their turn of the event loop.
 */
export async function inexactMember(text: string, name: string): Promise<string | null> {
  const steps = inexactSteps(text, name)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    await setImmediate()
  }
}

/** So many characters are looked at in one go, some milliseconds. */
const STEP_CHARS = 65_536

function* inexactSteps(text: string, name: string): Generator<void, string | null, void> {
  let pause = STEP_CHARS
  let depth = 0
  let start = -1
  let found: string | null = null
  let exact = true
  let key: string | null = null
  for (let index = 0; index < text.length; index += 1) {
    if (index > pause) {
      pause = index + STEP_CHARS
      yield
    }
    const char = text[index] ?? ''
    if (char === '"') {
      const end = endOfString(text, index)
      if (depth === 1 && start === -1) key = text.slice(index, end + 1)
      index = end
    } else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']' || char === ',') {
      if (depth === 1) {
        if (start !== -1) found = exact ? null : text.slice(start, index)
        start = -1
        key = null
      }
      if (char !== ',') depth -= 1
    } else if (char === ':' && depth === 1 && key !== null && JSON.parse(key) === name) {
      start = index + 1
      exact = true
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      NUMBER.lastIndex = index
      const [token = char] = NUMBER.exec(text) ?? []
      if (start !== -1 && exact && String(Number(token)) !== token) exact = false
      index += token.length - 1
    }
  }
  return found
}

const NUMBER = /-?\d[\d.eE+-]*/y

/** The place of the quote that ends a string of valid JSON. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text[end - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return end
  }
  return text.length
}
