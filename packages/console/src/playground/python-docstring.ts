const WORD = String.raw`[\p{L}\p{N}_]+`
const LINE = new RegExp(
  String.raw`^[ \t]*(?::param[ \t]+(?:${WORD}[ \t]+)?(${WORD})[ \t]*:|(${WORD})(?:[ \t]*\([^)\n]*\))?[ \t]*:)[ \t]*(\S.*)$`,
  'gmu',
)

/** What a docstring says of names, a line for each, such as `city: where to` or `:param city: where to`. */
export function describedIn(docstring: string): ReadonlyMap<string, string> {
  return new Map(
    [...docstring.matchAll(LINE)].map(([, one, two, said = '']) => [one ?? two ?? '', said.trim()]),
  )
}

const LITERAL = /^([rRuU]?)("""|'''|"|')(.*)\2$/s
const ESCAPE = /\\(\n|[\\'"abfnrtv]|x[\da-fA-F]{2}|u[\da-fA-F]{4})/g
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '\n': '', '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t' },
  ...{ a: '\x07', b: '\b', f: '\f', v: '\v' },
}

/** The text of a string as Python writes it; null for what is none, such as bytes, or one that is put together. */
export function textOfLiteral(source: string): string | null {
  const [, prefix, , inner] = LITERAL.exec(source) ?? []
  if (inner === undefined) return null
  if (prefix?.toLowerCase() === 'r') return inner
  return inner.replace(
    ESCAPE,
    (_, kind: string) => ESCAPED[kind] ?? String.fromCharCode(Number.parseInt(kind.slice(1), 16)),
  )
}
