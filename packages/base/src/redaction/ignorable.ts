/** What a reader does not see between two letters: controls, joiners, marks that combine, directions, tags. */
const IGNORABLE = /^[\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]$/u

/** Answers by code point, direct mapped: the code point times two, plus the answer; -1 where none is known. */
const known = new Int32Array(4096).fill(-1)

/** May this character stand within a secret without hiding it? Line ends may, and control characters. */
export function isIgnorable(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint < 0x20 || codePoint === 0x7f
  const at = codePoint & 4095
  const found = known[at] ?? -1
  if (found >> 1 === codePoint) return (found & 1) === 1
  const answer = codePoint <= 0x10ffff && IGNORABLE.test(String.fromCodePoint(codePoint))
  known[at] = codePoint * 2 + (answer ? 1 : 0)
  return answer
}
