import { setImmediate } from 'node:timers/promises'
import { type Database, newId } from '../../db/index.ts'
import { type AnomalyRow, noteAnomaly } from '../../db/queries/anomalies.ts'
import { insertRunFigures, lastRunsOf, usersOfCode } from '../../db/queries/run-figures.ts'
import { type Logger, loggable } from '../../logger.ts'
import type { ListedSecrets } from '../listed-secrets.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { Baselines } from './baselines.ts'
import { type Finding, figureFindings, ruleFindings } from './judge.ts'
import { figuresOf, type JudgedRun, NO_HISTORY } from './judged-run.ts'
import { isLimit } from './rules.ts'

/** As many executions may wait to be judged, with so much code in characters; more are let go. */
const MAX_WAITING = 1000
const MAX_WAITING_CHARS = 16 * 2 ** 20
/** As many programs of a batch are judged together. */
const PROGRAMS_AT_ONCE = 64
const DAY_MS = 86_400_000

/** What judging works with. */
export interface WatchMeans {
  readonly db: Database
  readonly logger: Logger
  readonly metrics: Metrics
  readonly listed: ListedSecrets
  /** Does what is to be done about an anomaly that is open, and was seen as often just now. */
  act(anomaly: AnomalyRow, run: JudgedRun, times: number): Promise<void>
}

/** A finding, in which run it was last, and in how many. */
interface Found {
  readonly finding: Finding
  readonly run: JudgedRun
  readonly times: number
}

/** Judges executions that are over, one after the other, beside the service: nobody waits for it. */
export class AnomalyWatch {
  readonly #means: WatchMeans
  readonly #baselines: Baselines
  readonly #waiting: JudgedRun[] = []
  #chars = 0
  #work: Promise<void> | null = null
  #closed = false

  constructor(means: WatchMeans) {
    this.#means = means
    this.#baselines = new Baselines(means.db)
  }

  /** An execution is over, or a program of a batch. */
  note(run: JudgedRun): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING || this.#chars >= MAX_WAITING_CHARS) return
    this.#waiting.push(run)
    this.#chars += run.code.length
    this.#work ??= this.#judgeAll().finally(() => {
      this.#work = null
    })
  }

  /** Resolves when everything that was noted is judged. Never rejects. */
  async flush(): Promise<void> {
    while (this.#work !== null) await this.#work
  }

  /** Judges what waits, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  async #judgeAll(): Promise<void> {
    for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
      this.#chars -= run.code.length
      try {
        if (run.program === undefined) await this.#judge(run)
        else await this.#judgePrograms([run, ...this.#othersOf(run)])
      } catch (error) {
        this.#means.logger.warn({ execution: run.executionId, error: loggable(error) }, 'anomaly.not-judged')
      }
    }
  }

  /** Takes the programs of the same batch that wait next. */
  #othersOf({ executionId }: JudgedRun): JudgedRun[] {
    const end = this.#waiting.findIndex((each) => each.executionId !== executionId)
    const same = end === -1 ? this.#waiting.length : end
    const others = this.#waiting.splice(0, Math.min(same, PROGRAMS_AT_ONCE - 1))
    for (const { code } of others) this.#chars -= code.length
    return others
  }

  /**
   * Programs are judged by themselves: that many of a batch fail, or take no time, is usual there, and says nothing of
   * executions. Whatever is found in some of them is written once.
   */
  async #judgePrograms(runs: readonly JudgedRun[]): Promise<void> {
    const found = new Map<string, Found>()
    for (const run of runs) {
      for (const finding of ruleFindings({ run, history: NO_HISTORY })) {
        const { rule, evidence } = finding
        const times = (found.get(rule)?.times ?? 0) + 1
        const shown = { ...finding, evidence: [`program ${run.program}`, ...evidence] }
        found.set(rule, { finding: shown, run, times })
      }
      await setImmediate()
    }
    for (const each of found.values()) await this.#found(each)
  }

  async #judge(run: JudgedRun): Promise<void> {
    const { db } = this.#means
    const { executionId, userId, toolId, codeSha256, error } = run
    const figures = figuresOf(run)
    const row = { executionId, userId, toolId, codeSha256, ...figures }
    const last = await lastRunsOf(db, userId)
    const history = {
      failed: last.map(({ failed }) => failed),
      limited: last.map(({ limited }) => limited),
      usersOfCode: toolId === null ? await usersOfCode(db, codeSha256, new Date(Date.now() - DAY_MS)) : 0,
    }
    const findings = [
      ...ruleFindings({ run, history }),
      ...figureFindings(run, figures, await this.#baselines.of(run)),
    ]
    const flagged = findings.length > 0
    await insertRunFigures(db, { ...row, failed: error !== null, limited: isLimit(error), flagged })
    for (const finding of findings) await this.#found({ finding, run, times: 1 })
  }

  async #found({ finding, run, times }: Found): Promise<void> {
    const { db, logger, metrics, listed, act } = this.#means
    const { rule, priority, subject } = finding
    // They may show a piece of the code.
    const { sentence, evidence } = listed.outOf({ sentence: finding.sentence, evidence: finding.evidence })
    metrics.add('anomalies_total', { priority }, times)
    const id = newId('ano')
    const anomaly = await noteAnomaly(db, {
      ...{ ...finding, sentence, evidence, id },
      ...{ executionId: run.executionId, count: times },
    })
    if (anomaly.state === 'dismissed') return
    logger.warn({ anomaly: anomaly.id, rule, priority, subject, sentence }, 'anomaly.found')
    if (anomaly.state === 'open') await act(anomaly, run, times)
  }
}
