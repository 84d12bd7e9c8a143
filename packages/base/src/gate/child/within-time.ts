import { Script } from 'node:vm'

/** Work that took longer than it may. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError'
}

const call = new Script('agentchatWork()')

/** So many times longer may work take where other processes have the cores. */
const PATIENCE = 8

/**
 * Does synchronous work, and breaks it off when it has taken so much time, be it in the middle of a regular expression.
 * Where it had no core for much of the time, it is done again.
 * @throws TooSlowError
 */
export function withinTime<Value>(milliseconds: number, work: () => Value): Value {
  for (let wall = milliseconds; ; wall *= 2) {
    const before = process.cpuUsage()
    try {
      return brokenOff(wall, work)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'))
        throw error
      const used = process.cpuUsage(before).user / 1000
      if (used > milliseconds * 0.7 || wall >= PATIENCE * milliseconds)
        throw new TooSlowError(`it takes more than ${milliseconds / 1000} s`)
    }
  }
}

function brokenOff<Value>(milliseconds: number, work: () => Value): Value {
  const done: Value[] = []
  Object.assign(globalThis, { agentchatWork: () => done.push(work()) })
  call.runInThisContext({ timeout: milliseconds })
  const [value] = done
  return value as Value
}
