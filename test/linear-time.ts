import fc from 'fast-check'
import { expect } from 'vitest'

const MAX_CHARS = 65_536
/** CPU time that reading the longest text may take: much of it is the noise of a busy machine. */
const MAX_MS = 50
const TRIES = 3

/** What hostile texts are made of: runs of these pieces, each beside any other. */
export type Pieces = readonly string[]

/**
 * Reads texts that make a grammar go back where it can: runs of the pieces that it knows, longer and longer, with a bad
 * end. Fails as soon as one takes longer than linear time would.
 */
export function expectLinearTime(read: (text: string) => unknown, pieces: Pieces): void {
  const run = fc.record({ piece: fc.constantFrom(...pieces), share: fc.integer({ min: 1, max: 4 }) })
  const shapes = fc.tuple(
    fc.array(run, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '\0', '!!', ...pieces),
  )
  fc.assert(
    fc.property(shapes, ([runs, end]) => {
      for (let length = 4; length <= MAX_CHARS; length *= 4) {
        const all = runs.reduce((sum, { share }) => sum + share, 0)
        const text = runs
          .map(({ piece, share }) => piece.repeat(Math.ceil((length * share) / all / piece.length)))
          .join('')
        expect(fastest(read, `${text}${end}`), `${length} characters, in ms`).toBeLessThan(MAX_MS)
      }
    }),
    { numRuns: 60, endOnFailure: true },
  )
}

/** CPU time of the shortest of some tries, in ms: what is slow by itself is slow each time. */
export function fastest(read: (text: string) => unknown, text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && best >= MAX_MS; tries++) {
    const before = process.cpuUsage()
    try {
      read(text)
    } catch {
      // To be refused is fine.
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}
