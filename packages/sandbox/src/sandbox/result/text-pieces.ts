/** Longest run of backticks or tildes that is shown; a fence must be longer than any run in it. */
const MAX_RUN = 30
const GAP_CHARS = 50

/** A text of at most `maxChars` characters, head and tail kept, with a line that says how much was left out. */
export function middleOut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const room = maxChars - GAP_CHARS
  if (room < 2) return wholeStart(text, Math.max(0, maxChars))
  const head = wholeStart(text, Math.ceil(room / 2))
  const tail = wholeEnd(text, Math.floor(room / 2))
  return `${head}\n[... ${text.length - head.length - tail.length} characters left out ...]\n${tail}`
}

/** A text between fences that nothing in it can close. */
export function fenced(text: string, language = ''): string {
  const safe = shortRuns(text)
  const fence = '`'.repeat(Math.max(3, longestRun(safe) + 1))
  return `${fence}${language}\n${safe}${safe === '' || safe.endsWith('\n') ? '' : '\n'}${fence}`
}

/** A text as code in a line: on one line, cut at its end, between more backticks than it holds. */
export function inlineCode(text: string, maxChars: number): string {
  const line = shortRuns(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  const cut = line.length > maxChars ? `${wholeStart(line, maxChars)}...` : line
  const ticks = '`'.repeat(longestRun(cut) + 1)
  const space = cut.startsWith('`') || cut.endsWith('`') || cut === '' ? ' ' : ''
  return `${ticks}${space}${cut}${space}${ticks}`
}

function shortRuns(text: string): string {
  return text.replace(/`{31,}/g, `${'`'.repeat(MAX_RUN - 1)}\u2026`)
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)
}

/** The first characters, without half of a pair at the end. */
function wholeStart(text: string, count: number): string {
  return text.slice(0, isSecondHalf(text, count) ? count - 1 : count)
}

function wholeEnd(text: string, count: number): string {
  const start = text.length - count
  return text.slice(isSecondHalf(text, start) ? start + 1 : start)
}

/** Would a cut before this character divide a pair of surrogates? */
function isSecondHalf(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) && at > 0
}
