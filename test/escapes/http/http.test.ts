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
      expect(verdict.reasons).toEqual([])
    },
  )
})
