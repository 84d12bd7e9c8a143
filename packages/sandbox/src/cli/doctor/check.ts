/** One thing that was looked at. `warn`: it works, but not as well as it could. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found. */
  readonly detail: string
  /** What to do about it, or null when there is nothing to do. */
  readonly remedy: string | null
}

/** What a look at something found. */
export type Finding = Omit<Check, 'name'>

export const ok = (detail: string): Finding => ({ status: 'ok', detail, remedy: null })

export const warn = (detail: string, remedy: string | null): Finding => ({ status: 'warn', detail, remedy })

export const fail = (detail: string, remedy: string | null): Finding => ({ status: 'fail', detail, remedy })

/** Looks at something; what is thrown is a failure, which the errors of this package explain. */
export async function check(name: string, look: () => Finding | Promise<Finding>): Promise<Check> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    return { name, ...fail(error instanceof Error ? error.message : String(error), null) }
  }
}
