import { GROUPED_CARD } from './own-rules.ts'
import type { Range, ShapeRule } from './shape-rule.ts'

/** Characters before a hint that a rule looks at. */
const BEFORE = 40

/** Something that was found, by the name of its rule. */
export interface FoundShape extends Range {
  readonly rule: string
}

/** A place where something may begin, and where it ends at the latest. */
export interface Hint {
  readonly at: number
  readonly reach: number
}

/**
 * Finds secrets by their shape. One expression finds what any of them holds; only there, and as far as they reach, their
 * rules are asked, each about a part of the text at most once.
 */
export class ShapeFinder {
  readonly #byHint = new Map<string, ShapeRule[]>()
  readonly #hints: RegExp

  constructor(rules: readonly ShapeRule[]) {
    for (const rule of rules) {
      for (const hint of rule.hints) this.#byHint.set(hint, [...(this.#byHint.get(hint) ?? []), rule])
    }
    // Longest first: a hint that begins with another one has the rules of both.
    const hints = [...this.#byHint.keys()].sort((one, other) => other.length - one.length)
    for (const hint of hints) {
      const shorter = hints.filter((each) => each !== hint && hint.startsWith(each))
      const more = shorter.flatMap((each) => this.#byHint.get(each) ?? [])
      this.#byHint.set(hint, [...new Set([...(this.#byHint.get(hint) ?? []), ...more])])
    }
    this.#hints = new RegExp(hints.map((hint) => hint.replace(/[.:/-]/g, '\\$&')).join('|'), 'g')
  }

  /** What is in the text, in no order, and where something may begin that its end cuts off. */
  find(text: string): { readonly found: readonly FoundShape[]; readonly hints: readonly Hint[] } {
    const windows = new Map<ShapeRule, { start: number; end: number }[]>()
    const hints: Hint[] = []
    for (const { 0: hint, index } of text.matchAll(this.#hints)) {
      const rules = this.#byHint.get(hint) ?? []
      const reach = rules.reduce((most, rule) => Math.max(most, rule.reach), 0)
      if (index + reach > text.length) hints.push({ at: index, reach })
      for (const rule of rules) widen(windows, rule, index)
    }
    const found = [...GROUPED_CARD.find(text)].map((range) => ({ ...range, rule: GROUPED_CARD.name }))
    for (const [rule, parts] of windows) for (const part of parts) found.push(...foundIn(text, rule, part))
    return { found, hints }
  }
}

function widen(windows: Map<ShapeRule, { start: number; end: number }[]>, rule: ShapeRule, at: number): void {
  const parts = windows.get(rule) ?? []
  windows.set(rule, parts)
  const [start, end] = [Math.max(0, at - BEFORE), at + rule.reach + 2]
  const last = parts.at(-1)
  if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
  else parts.push({ start, end })
}

function foundIn(text: string, rule: ShapeRule, { start, end }: Range): FoundShape[] {
  // Bytes of other characters are no letters.
  const part = text.slice(start, end).replace(/[\x80-\xff]/g, '\x80')
  return [...rule.find(part)].map((range) => ({
    rule: rule.name,
    start: start + range.start,
    end: start + range.end,
  }))
}
