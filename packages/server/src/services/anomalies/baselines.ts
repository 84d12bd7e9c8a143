import type { Database } from '../../db/index.ts'
import { type FigureMedians, figureMedians } from '../../db/queries/run-figures.ts'
import { type Baseline, MIN_RUNS } from './judge.ts'
import type { FIGURES, Figures, JudgedRun } from './judged-run.ts'

/** What is usual changes slowly: so long it is not asked again. */
const FRESH_MS = 30_000
const MAX_KEPT = 500

/** What is usual: of the same code, else of the tool, of the user, of everybody, where there is enough of it. */
export class Baselines {
  readonly #db: Database
  readonly #kept = new Map<string, { readonly at: number; readonly baseline: Baseline }>()

  constructor(db: Database) {
    this.#db = db
  }

  async of({ codeSha256, toolId, userId }: JudgedRun): Promise<Baseline | null> {
    const scopes = [
      ['code', codeSha256],
      ...(toolId === null ? [] : [['tool', toolId] as const]),
      ['user', userId],
      ['service', 'all'],
    ] as const
    for (const [of, id] of scopes) {
      const baseline = await this.#baseline(of, id)
      if (baseline.n >= MIN_RUNS) return baseline
    }
    return null
  }

  async #baseline(of: 'code' | 'tool' | 'user' | 'service', id: string): Promise<Baseline> {
    const key = `${of}:${id}`
    const known = this.#kept.get(key)
    const now = performance.now()
    if (known !== undefined && now - known.at < FRESH_MS) return known.baseline
    const { n, medians, distances } = await figureMedians(this.#db, of, id)
    const baseline = { n, of, median: named(medians), mad: named(distances) }
    this.#kept.delete(key)
    // What is not enough yet is asked again: it soon may be.
    if (n >= MIN_RUNS) this.#kept.set(key, { at: now, baseline })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return baseline
  }
}

/** Figures of the database, which come in the order of `FIGURES`. */
function named(values: FigureMedians['medians']): Figures {
  const [wallMs = 0, peakBytes = 0, outputBytes = 0, calls = 0, denials = 0] = values
  return { wallMs, peakBytes, outputBytes, calls, denials } satisfies Record<(typeof FIGURES)[number], number>
}
