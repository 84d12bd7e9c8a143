import { expect, test } from 'vitest'
import { REDACTIONS, redactionProblems, strictest } from './redaction-policy.ts'

test('strictest() is never weaker than any, and nothing said is the weakest', () => {
  for (const one of REDACTIONS)
    for (const other of REDACTIONS) {
      const both = strictest(one, null, other, undefined)
      expect([one, other]).toContain(both)
      expect(REDACTIONS.indexOf(both)).toBe(Math.max(REDACTIONS.indexOf(one), REDACTIONS.indexOf(other)))
    }
  expect(strictest()).toBe('off')
})

test('redactionProblems() refuses what is weaker than the floor, and nothing else', () => {
  const refused = REDACTIONS.flatMap((floor) =>
    REDACTIONS.filter((asked) => redactionProblems(asked, floor).length > 0).map((asked) => [asked, floor]),
  )
  expect(refused).toEqual([
    ['off', 'known'],
    ['off', 'known+patterns'],
    ['known', 'known+patterns'],
  ])
  expect(redactionProblems(undefined, 'known+patterns')).toEqual([])
  expect(redactionProblems('off', 'known')[0]?.problem).toBe('at least "known" here, got "off"')
})
