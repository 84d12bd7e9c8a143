// Looks at what clients were told, at what the services have recorded, and at how often each code has run.

const OVER = new Set(['success', 'error', 'cancelled', 'interrupted', 'failed'])

/**
 * @param {(method: string, path: string) => Promise<Response>} call
 * @param {{ history: { name: string, status: number, id: string | null, said: string | null }[], starts: ReadonlyMap<string, number> }} seen
 * @returns {Promise<{ violations: string[], counts: Record<string, number> }>}
 */
export async function check(call, { history, starts }) {
  const violations = []
  const ends = {}
  for (const [id, count] of starts) if (count > 1) violations.push(`${id} ran ${count} times`)
  for (const { name, status, id, said } of history) {
    ends[`answered ${status}`] = (ends[`answered ${status}`] ?? 0) + 1
    if (id === null || (status !== 200 && status !== 202)) continue
    const row = await rowOf(call, id)
    if (row === null) {
      violations.push(`${name}: acknowledged, and not there`)
      continue
    }
    ends[row.status] = (ends[row.status] ?? 0) + 1
    if (!OVER.has(row.status)) violations.push(`${name}: still "${row.status}"`)
    if (status === 200 && OVER.has(said) && row.status !== said)
      violations.push(`${name}: answered "${said}", recorded "${row.status}"`)
    if (row.status === 'success' && row.result?.result !== name)
      violations.push(`${name}: has the result of another one`)
    if (row.status === 'success' && starts.get(id) !== 1)
      violations.push(`${name}: succeeded, and ran ${starts.get(id) ?? 0} times`)
    const { items } = await (await call('GET', `audit?resourceId=${id}`)).json()
    if (items.length !== 1 || items[0].outcome === 'open') violations.push(`${name}: its audit entry is open`)
  }
  return { violations, counts: ends }
}

async function rowOf(call, id) {
  const answer = await call('GET', `executions/${id}`)
  return answer.status === 200 ? await answer.json() : null
}
