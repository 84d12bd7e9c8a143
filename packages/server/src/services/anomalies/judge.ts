import { FIGURES, type Figure, type Figures, type JudgedRun } from './judged-run.ts'
import { type Facts, type Priority, RULES, type Rule } from './rules.ts'

/** Something that is odd about an execution. */
export interface Finding {
  readonly rule: string
  /** `user:`, `tool:` or `code:` and an identifier. */
  readonly subject: string
  readonly priority: Priority
  /** For a rule 1; for a figure how far it is from what is usual. */
  readonly score: number
  readonly sentence: string
  readonly evidence: readonly string[]
}

/** What is usual: of a figure the median, and the median of the distances from it, over `n` executions. */
export interface Baseline {
  readonly n: number
  /** What it is of: a code, a tool, a user. */
  readonly of: string
  readonly median: Figures
  readonly mad: Figures
}

/** Of fewer executions nothing is usual. */
export const MIN_RUNS = 20
const MAX_Z = 6
const MIN_RATIO = 3
/** Of the normal distribution: what makes of the median distance a standard deviation. */
const SIGMA = 1.4826
const MAX_EVIDENCE = 10
const MAX_EVIDENCE_CHARS = 200
const MAX_SENTENCE_CHARS = 400
/** The least distance that counts as one: below it everything is the same. */
const FLOORS: Figures = { wallMs: 100, peakBytes: 16 * 2 ** 20, outputBytes: 1024, calls: 2, denials: 1 }
const UNITS: Readonly<Record<Figure, (value: number) => string>> = {
  wallMs: (value) => `${(value / 1000).toFixed(2)} s`,
  peakBytes: (value) => `${Math.round(value / 2 ** 20)} MiB of memory`,
  outputBytes: (value) => `${value} bytes of output`,
  calls: (value) => `${value} permissions used`,
  denials: (value) => `${value} permissions refused`,
}

/** What the rules say of an execution. */
export function ruleFindings(facts: Facts, rules: readonly Rule[] = RULES): Finding[] {
  return rules.flatMap((rule) => {
    const found = rule.condition(facts)
    if (found === null) return []
    const evidence = [...new Set(found)].slice(0, MAX_EVIDENCE).map((text) => shown(text, MAX_EVIDENCE_CHARS))
    return [
      {
        ...{ rule: rule.name, priority: rule.priority, score: 1, evidence },
        subject: rule.subject === 'code' ? `code:${facts.run.codeSha256}` : subjectOf(facts.run),
        sentence: sentenceOf(rule.output, facts.run, evidence.join(', ')),
      },
    ]
  })
}

/** Which figures of an execution are far from what is usual. */
export function figureFindings(run: JudgedRun, figures: Figures, baseline: Baseline | null): Finding[] {
  if (baseline === null || baseline.n < MIN_RUNS) return []
  return FIGURES.flatMap((figure) => {
    const [value, median] = [figures[figure], baseline.median[figure]]
    const spread = Math.max(baseline.mad[figure], 0.05 * median, FLOORS[figure])
    const z = (value - median) / (SIGMA * spread)
    if (!(z > MAX_Z && value >= MIN_RATIO * median)) return []
    const [is, usual] = [UNITS[figure](value), UNITS[figure](Math.round(median))]
    return [
      {
        ...{ rule: `unusual-${NAMES[figure]}`, subject: subjectOf(run), priority: 'notice' as const },
        score: Math.round(z * 10) / 10,
        sentence: `An execution of ${whoOf(run)} took ${is}; ${usual} is usual for this ${baseline.of}`,
        evidence: [`${is}, median ${usual} of ${baseline.n} executions, z ${z.toFixed(1)}`],
      },
    ]
  })
}

const NAMES: Readonly<Record<Figure, string>> = {
  wallMs: 'duration',
  peakBytes: 'memory',
  outputBytes: 'output',
  calls: 'calls',
  denials: 'denials',
}

/** Every name that a finding can have. */
export const RULE_NAMES: readonly string[] = [
  ...RULES.map(({ name }) => name),
  ...FIGURES.map((figure) => `unusual-${NAMES[figure]}`),
]

function subjectOf({ toolId, userId }: JudgedRun): string {
  return toolId === null ? `user:${userId}` : `tool:${toolId}`
}

function whoOf({ toolId, userId }: JudgedRun): string {
  return toolId === null ? `user ${userId}` : `tool ${toolId}`
}

function sentenceOf(output: string, run: JudgedRun, found: string): string {
  const fields: Readonly<Record<string, string>> = {
    user: whoOf(run),
    tool: run.toolId ?? 'none',
    code: run.codeSha256.slice(0, 12),
    error: run.error ?? 'none',
    found,
  }
  const text = output.replace(/%(\w+)/g, (whole, name: string) => fields[name] ?? whole)
  return text.slice(0, MAX_SENTENCE_CHARS)
}

/** What code has chosen is shown without what steers a terminal or turns the direction of a text. */
function shown(text: string, max: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').slice(0, max)
}
