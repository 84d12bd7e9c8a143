import { Script } from 'node:vm'

/** Work that took longer than it may. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError'
}

const call = new Script('agentchatWork()')

/**
 * Does synchronous work, and breaks it off after a time, be it in the middle of a regular expression.
 * @throws TooSlowError
 */
export function withinTime<Value>(milliseconds: number, work: () => Value): Value {
  const done: Value[] = []
  Object.assign(globalThis, { agentchatWork: () => done.push(work()) })
  try {
    call.runInThisContext({ timeout: milliseconds })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new TooSlowError(`it takes more than ${milliseconds / 1000} s`)
    throw error
  }
  const [value] = done
  return value as Value
}
