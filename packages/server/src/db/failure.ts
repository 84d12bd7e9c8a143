/** What a failed query means to its caller. */
export type DatabaseFailure = 'unavailable' | 'duplicate' | 'missing-reference' | 'other'

/** Classes of PostgreSQL's error codes that pass: connection, resources, operator intervention, system. */
const PASSING_CLASS = /^(08|53|57|58)/
/** Serialization failure, deadlock, read-only after a failover. */
const PASSING = new Set(['40001', '40P01', '25006'])
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOSPC',
  'EDQUOT',
  'EIO',
])
/** The drivers have no code for these. */
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|PGlite is clos|Cannot use a pool after/i

/** What kind of failure an error of a query is. Drizzle wraps what the driver threw, so the causes are looked at too. */
export function databaseFailure(error: unknown): DatabaseFailure {
  for (let each = error; each instanceof Error; each = each.cause) {
    const code = 'code' in each ? String(each.code) : ''
    if (code === '23505') return 'duplicate'
    if (code === '23503') return 'missing-reference'
    if (PASSING_CLASS.test(code) || PASSING.has(code) || SYSTEM.has(code) || MESSAGES.test(each.message))
      return 'unavailable'
    if (each instanceof AggregateError && each.errors.some((one) => databaseFailure(one) === 'unavailable'))
      return 'unavailable'
  }
  return 'other'
}
