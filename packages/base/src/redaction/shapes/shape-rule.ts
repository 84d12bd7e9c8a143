/** Part of a text, from `start` to before `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Finds secrets of one kind by their shape. */
export interface ShapeRule {
  /** By which it is counted and shown. */
  readonly name: string
  /** What every one of them holds near its beginning: the rule is asked only about texts with one of these. */
  readonly hints: readonly string[]
  /** Characters of the longest. */
  readonly reach: number
  find(text: string): Iterable<Range>
}

/** A rule that is one expression; of what it finds the group `secret` is taken out, or all. */
export function patternRule(
  rule: Omit<ShapeRule, 'find'> & { readonly pattern: RegExp; readonly isMeant?: (found: string) => boolean },
): ShapeRule {
  const { pattern, isMeant = () => true, ...others } = rule
  return {
    ...others,
    *find(text) {
      for (const match of text.matchAll(pattern)) {
        const secret = match.groups?.secret ?? match[0]
        const start = match.index + match[0].lastIndexOf(secret)
        if (isMeant(secret)) yield { start, end: start + secret.length }
      }
    },
  }
}
