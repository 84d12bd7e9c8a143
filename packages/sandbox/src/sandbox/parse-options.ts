import type { z } from 'zod'
import { InvalidOptionsError, type OptionProblem } from './errors/errors.ts'

/** Names that one option may have, such as secrets; and the options that are counted where they are checked. */
const MAX_NAMES = 1000
const BY_OTHERS = ['globals', 'files']

/**
 * Parses what a caller passed. `what` is the noun for the message: `options`, `execution options`.
 * @throws InvalidOptionsError with one problem for each thing that is wrong
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const tooMany = problemsOfCounts(value)
  if (tooMany.length > 0) throw new InvalidOptionsError(what, tooMany)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidOptionsError(
    what,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, value)),
    { cause: parsed.error },
  )
}

/** A schema would make an error of each name. */
function problemsOfCounts(options: unknown): OptionProblem[] {
  if (!isPlain(options)) return []
  return Object.keys(options).flatMap((path) => {
    const value = options[path]
    const count = BY_OTHERS.includes(path) || !isPlain(value) ? 0 : Object.keys(value).length
    return count > MAX_NAMES ? [{ path, problem: `must have at most ${MAX_NAMES} names, not ${count}` }] : []
  })
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): OptionProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), problem: 'no such option' }))
  }
  return [{ path: pathText(issue.path), problem: `${issue.message}, got ${show(valueAt(root, issue.path))}` }]
}

/** Checks that code is text; anything else would be turned into text in some way that nobody meant. */
export function parseCode(code: unknown): string {
  if (typeof code === 'string') return code
  throw new InvalidOptionsError('arguments', [
    { path: 'code', problem: `must be a string, got ${show(code)}` },
  ])
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
