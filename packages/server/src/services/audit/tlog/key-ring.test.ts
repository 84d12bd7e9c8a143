import { expect, test } from 'vitest'
import { signCheckpoint } from './checkpoint.ts'
import { openHandover, signHandover } from './handover.ts'
import { EMPTY_ROOT } from './hashes.ts'
import { KeyRing } from './key-ring.ts'
import { type NoteSigner, newSignerText, parseSigner } from './signed-note.ts'

const ORIGIN = 'agentchat-sandbox/ring'
const newSigner = (name = ORIGIN) => parseSigner(newSignerText(name)) ?? expect.unreachable()
const [first, second, third, stranger] = [newSigner(), newSigner(), newSigner(), newSigner()]
const headOf = (size: number, signer: NoteSigner) =>
  signCheckpoint({ origin: ORIGIN, size, root: EMPTY_ROOT }, [signer])
const handed = (size: number, from: NoteSigner, to: NoteSigner) =>
  signHandover({ origin: ORIGIN, size, root: EMPTY_ROOT }, from, to)

test('KeyRing leads from each key of a log to all others, each for the heads of its time', () => {
  const notes = [handed(20, second, third), handed(10, first, second)]
  for (const { verifier } of [first, second, third]) {
    const ring = new KeyRing([verifier], notes)
    expect(ring.problems).toEqual([])
    expect(ring.handovers.map(({ size }) => size)).toEqual([10, 20])
    const good = [headOf(10, first), headOf(10, second), headOf(20, second), headOf(20, third), ...notes]
    for (const note of good) expect(ring.open(note), note).not.toBeNull()
    const bad = [
      headOf(11, first),
      headOf(9, second),
      headOf(21, second),
      headOf(19, third),
      headOf(5, stranger),
    ]
    for (const note of bad) expect(ring.open(note), note).toBeNull()
  }
  const alone = new KeyRing([stranger.verifier], notes)
  expect(alone.open(headOf(15, second))).toBeNull()
  expect(alone.problems).toEqual(['2 hand-overs are of keys that nothing leads to'])
})

test('KeyRing names hand-overs that cannot all be true', () => {
  const problemsOf = (...notes: string[]) => new KeyRing([first.verifier], notes).problems.join()
  expect(problemsOf(handed(10, first, second), handed(11, first, third))).toContain('two hand-overs are from')
  expect(problemsOf(handed(10, first, third), handed(9, second, third))).toContain('two hand-overs are to')
  expect(problemsOf(handed(10, first, second), handed(5, second, third))).toContain('was handed over before')
  expect(problemsOf(handed(10, first, second), handed(20, second, first))).toContain('was handed over before')
  const note = handed(10, first, second)
  expect(problemsOf(note.replace('\n10\n', '\n11\n'))).toContain('not signed by both')
  expect(problemsOf(...Array.from({ length: 1001 }, () => note))).toContain('1001 hand-overs')
})

test('openHandover() wants both signatures, two keys, and those of this log', () => {
  const note = handed(10, first, second)
  expect(openHandover(note)).toMatchObject({ size: 10, origin: ORIGIN, from: first.verifier })
  const lines = note.split('\n')
  for (const bad of [
    [...lines.slice(0, -2), ''].join('\n'),
    [...lines.slice(0, -3), ...lines.slice(-2)].join('\n'),
    headOf(10, first),
    handed(10, first, first),
    handed(10, first, newSigner('agentchat-sandbox/other')),
    note.replace('handover ', 'handover  '),
    '',
  ])
    expect(openHandover(bad), bad).toBeNull()
})
