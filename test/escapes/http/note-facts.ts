import { appendFileSync } from 'node:fs'
import type { Attack } from './attack.ts'
import { type Facts, p95, reasonsOf } from './judge.ts'

/** Writes a line of JSON about attacks that ran together to the file that `ESCAPES_FACTS` names, for the bench. */
export function noteFacts(
  attacks: readonly Attack[],
  facts: Facts,
  unexpected: ReadonlyMap<string, string[]>,
) {
  const file = process.env.ESCAPES_FACTS
  if (file === undefined) return
  const { others, ...rest } = facts
  const msOf = (kind: RegExp) => others.filter(({ what }) => kind.test(what)).map(({ ms }) => ms)
  const noted = {
    ids: attacks.map(({ id }) => id),
    ...rest,
    readsP95Ms: p95(msOf(/^healthz$/)),
    runsP95Ms: p95(msOf(/^print/)),
    reasons: reasonsOf(attacks, facts),
    unexpected: Object.fromEntries(unexpected),
  }
  appendFileSync(file, `${JSON.stringify(noted)}\n`)
}
