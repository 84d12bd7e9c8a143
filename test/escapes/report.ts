// The table of all verdicts, and what of it makes the suite fail.
import type { Attack } from './cases.ts'
import type { Verdict } from './run-attack.ts'
import type { Target, TargetName } from './targets.ts'

const WORDS = { contained: 'ok', hardening: 'open', breach: 'BREACH', passed: '-', skipped: 'skip' }
const HEADINGS: Readonly<Record<TargetName, string>> = {
  naive: 'naive',
  'deno-wall': 'first wall alone',
  'os-wall': 'second wall alone',
  product: 'both',
}

export class Report {
  readonly #attacks: readonly Attack[]
  readonly #targets: readonly Target[]
  readonly #verdicts = new Map<string, Verdict>()

  constructor(attacks: readonly Attack[], targets: readonly Target[]) {
    this.#attacks = attacks
    this.#targets = targets
  }

  get verdicts(): readonly Verdict[] {
    return [...this.#verdicts.values()]
  }

  add(verdict: Verdict): void {
    this.#verdicts.set(`${verdict.target} ${verdict.id}`, verdict)
  }

  progress(target: TargetName): string {
    return `\r${this.#of(target).length} of ${this.#attacks.length}`
  }

  /** One line for each attack: what it did under each target, `ok`, `open`, `BREACH`, `-` where it is not asked. */
  table(): string {
    const rows = [
      ['case', ...this.#targets.map(({ name }) => HEADINGS[name])],
      ...this.#attacks.map(({ id }) => [id, ...this.#targets.map(({ name }) => this.#word(name, id))]),
    ]
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    )
    return rows
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }

  summary(seconds: number): string {
    const lines = this.#targets.flatMap((target) => ['', this.#counts(target), ...this.#details(target)])
    const failures = this.failures(true)
    return [...lines, '', ...failures, `${seconds.toFixed(0)} s`].join('\n')
  }

  /**
   * Why the suite fails; empty when it passes.
   * @param whole all attacks were run, so that the control can be judged
   */
  failures(whole: boolean): string[] {
    const failures = this.#targets
      .filter(({ name }) => name !== 'naive')
      .flatMap(({ name }) => {
        const breaches = this.#of(name).filter(({ outcome }) => outcome === 'breach').length
        return breaches === 0 ? [] : [`FAILED: ${breaches} breaches of ${name}`]
      })
    for (const { name } of this.#targets) {
      const stuck = this.#of(name).filter(({ said }) => said.includes('no road from Python to JavaScript'))
      if (name !== 'product' && stuck.length > 0)
        failures.push(`FAILED: ${stuck.length} attacks did not get as far as the wall of ${name}`)
    }
    const naive = this.#of('naive')
    if (whole && naive.length > 1 && brokenOf(naive).length * 2 <= naive.length)
      failures.push(`FAILED: the control was broken by ${brokenOf(naive).length} of ${naive.length} only`)
    return failures
  }

  #counts({ name }: Target): string {
    const verdicts = this.#of(name)
    const count = (outcome: Verdict['outcome']) =>
      verdicts.filter((verdict) => verdict.outcome === outcome).length
    const words = [
      `${count('contained')} contained`,
      `${count('breach')} breaches`,
      `${count('hardening')} open in a layer inside the process`,
      `${count('skipped')} skipped`,
      `${count('passed')} not asked`,
    ]
    return `${name}: ${words.join(', ')}`
  }

  #details({ name }: Target): string[] {
    const shown: readonly Verdict['outcome'][] =
      name === 'naive' ? ['skipped'] : ['breach', 'hardening', 'skipped']
    return this.#of(name)
      .filter(({ outcome }) => shown.includes(outcome))
      .map(
        ({ id, outcome, reasons }) =>
          `  ${WORDS[outcome].padEnd(6)} ${id}: ${reasons.join('; ').slice(0, 160)}`,
      )
  }

  #word(target: TargetName, id: string): string {
    const verdict = this.#verdicts.get(`${target} ${id}`)
    return verdict === undefined ? '' : WORDS[verdict.outcome]
  }

  #of(target: TargetName): Verdict[] {
    return this.verdicts.filter((verdict) => verdict.target === target)
  }
}

function brokenOf(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ outcome }) => outcome === 'breach' || outcome === 'hardening')
}
