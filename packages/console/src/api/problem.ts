/** A problem of one field. */
export interface FieldProblem {
  readonly path: string
  readonly problem: string
}

/** What the service refuses, or that it could not be reached (`status` 0). */
export class ServiceProblem extends Error {
  override readonly name = 'ServiceProblem'
  readonly status: number
  readonly code: string
  readonly problems: readonly FieldProblem[]
  readonly retryAfterSeconds: number | null
  readonly requestId: string | null

  constructor(status: number, document: unknown) {
    const fields = typeof document === 'object' && document !== null ? document : {}
    const text = (name: string) => {
      const value: unknown = Reflect.get(fields, name)
      return typeof value === 'string' ? value : null
    }
    super(text('detail') ?? `The service answered with ${status}`)
    this.status = status
    this.code = text('code') ?? (status === 0 ? 'unreachable' : 'unknown')
    this.requestId = text('requestId')
    const problems: unknown = Reflect.get(fields, 'problems')
    this.problems = Array.isArray(problems) ? (problems as FieldProblem[]) : []
    const seconds: unknown = Reflect.get(fields, 'retryAfterSeconds')
    this.retryAfterSeconds = typeof seconds === 'number' ? seconds : null
  }

  /** What is wrong with one field, where it is. */
  of(path: string): string | undefined {
    return this.problems.find((each) => each.path === path || each.path.startsWith(`${path}.`))?.problem
  }
}

/** Whatever was thrown, as a problem. */
export function problemOf(error: unknown): ServiceProblem {
  if (error instanceof ServiceProblem) return error
  return new ServiceProblem(0, { detail: error instanceof Error ? error.message : String(error) })
}
