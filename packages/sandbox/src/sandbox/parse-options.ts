import type { z } from 'zod'
import { InvalidOptionsError, type OptionProblem } from './errors/errors.ts'

/**
 * Parses what a caller passed. `what` is the noun for the message: `options`, `execution options`.
 * @throws InvalidOptionsError with one problem for each thing that is wrong
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidOptionsError(
    what,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, value)),
    { cause: parsed.error },
  )
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
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
