// Counters in sessions: each step adds one, and what was acknowledged must be there.
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * @typedef {{ id: string, steps: number, values: number[] }} Counter how many steps were asked for, and what was acknowledged
 */

/**
 * Makes sessions with a counter each.
 * @param {(method: string, path: string, body?: unknown) => Promise<Response>} call
 * @param {number} count
 * @returns {Promise<Counter[]>}
 */
export async function newCounters(call, count) {
  const counters = []
  for (let n = 0; n < count; n += 1) {
    const { id } = await (await call('POST', 'sessions', {})).json()
    await (await call('POST', `sessions/${id}/executions`, { code: 'n = 0' })).json()
    counters.push({ id, steps: 0, values: [] })
  }
  return counters
}

/**
 * Counts on until it is told to stop.
 * @param {Counter} counter
 * @param {() => (method: string, path: string, body?: unknown) => Promise<Response>} caller of whichever service
 * @param {() => boolean} isWorking
 */
export async function countOn(counter, caller, isWorking) {
  const { id, values } = counter
  while (isWorking()) {
    counter.steps += 1
    try {
      const answer = await caller()('POST', `sessions/${id}/executions`, { code: 'n += 1\nn' })
      const { status, result } = await answer.json()
      if (answer.status === 200 && status === 'success' && result.sessionUnsaved === null)
        values.push(result.result)
      else await sleep(200)
    } catch {
      // Nothing was acknowledged.
      await sleep(200)
    }
  }
}

/**
 * What is wrong with the counters, once all is over.
 * @param {(method: string, path: string, body?: unknown) => Promise<Response>} call
 * @param {readonly Counter[]} counters
 */
export async function checkCounters(call, counters) {
  const violations = []
  let acknowledged = 0
  for (const { id, steps, values } of counters) {
    acknowledged += values.length
    const answer = await call('POST', `sessions/${id}/executions`, { code: 'n' })
    const n = (await answer.json()).result?.result
    if (typeof n !== 'number') violations.push(`${id}: cannot be read any more, ${answer.status}`)
    else if (n < Math.max(0, ...values))
      violations.push(`${id}: is ${n}, and ${Math.max(...values)} was acknowledged`)
    else if (n > steps) violations.push(`${id}: is ${n} after ${steps} steps`)
    if (new Set(values).size !== values.length) violations.push(`${id}: two steps were told the same number`)
  }
  return { violations, counts: { 'steps of sessions': acknowledged } }
}
