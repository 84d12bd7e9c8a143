import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Arena } from './arena.ts'
import { ATTACKS } from './attacks/all.ts'
import { batchesOf, roadOf } from './batches.ts'

/** So many at once: all of them one after the other would take minutes, which the bench has. */
const AT_ONCE = Number(process.env.ESCAPES_AT_ONCE ?? 30)

const arena = new Arena(ATTACKS.map(roadOf))
beforeAll(() => arena.standing())
afterAll(() => arena.close())

describe('the service bears', () => {
  describe.each(batchesOf(ATTACKS, AT_ONCE).map((batch, index) => [index + 1, batch] as const))(
    'batch %i:',
    (_, batch) => {
      let verdicts = new Map<string, string[]>()
      beforeAll(async () => {
        verdicts = await arena.run(batch)
      }, 600_000)
      test.each(batch.map(({ id }) => id))('%s', (id) => {
        expect(verdicts.get(id)?.join('\n')).toBe('')
      })
    },
  )
})
