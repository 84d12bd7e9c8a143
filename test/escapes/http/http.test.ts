import { afterAll, describe, expect, test } from 'vitest'
import { Arena } from './arena.ts'
import { ATTACKS } from './attacks/all.ts'

const arena = new Arena()
afterAll(() => arena.close(), 60_000)

describe('the service bears', () => {
  test.for(ATTACKS.map((attack) => [attack.id, attack] as const))(
    '%s',
    { timeout: 120_000, retry: 0 },
    async ([, attack]) => {
      const verdict = await arena.run(attack)
      if (process.env.ESCAPES_SHOW) console.log(show(verdict))
      expect(verdict.reasons).toEqual([])
    },
  )
})

function show({ id, facts, reasons }: Awaited<ReturnType<Arena['run']>>) {
  const worst = new Map<string, number>()
  for (const { what, ms } of facts.others) worst.set(what, Math.max(worst.get(what) ?? 0, Math.round(ms)))
  const s = new Map<number, number>()
  for (const { status } of facts.answers) s.set(status, (s.get(status) ?? 0) + 1)
  return `@@ ${id}: ${JSON.stringify([...s])} held ${Math.round(facts.heldMs)} growth ${Math.round(facts.growthMib)} disk ${facts.diskMib.toFixed(1)} ${JSON.stringify([...worst])} ${reasons.join('; ')}`
}
