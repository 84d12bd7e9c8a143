/** One entry of an `Accept` header. */
interface MediaRange {
  /** In lower case, without parameters; may hold `*`. */
  readonly type: string
  /** 0 to 1; 0 refuses the type. */
  readonly quality: number
}

const EVENTS = 'text/event-stream'
const JSON_TYPE = 'application/json'
const MAX_RANGES = 50

/**
 * Reports whether an `Accept` header prefers events to one JSON answer (RFC 9110, 12.5.1). At equal quality events win
 * only where the header names their type: a wildcard gets JSON.
 */
export function prefersEvents(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const ranges = accept.split(',', MAX_RANGES).map(mediaRange)
  const events = qualityOf(ranges, EVENTS)
  const json = qualityOf(ranges, JSON_TYPE)
  const named = ranges.some(({ type }) => type === EVENTS)
  return events > json || (named && events > 0 && events === json)
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2)
  return { type, quality: weight === undefined ? 1 : weightOf(weight) }
}

/** A weight that is not one refuses the type. */
function weightOf(text: string): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0
}

/** The most specific range decides. */
function qualityOf(ranges: readonly MediaRange[], type: string): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`
  for (const name of [type, group, '*/*']) {
    const range = ranges.find((each) => each.type === name)
    if (range !== undefined) return range.quality
  }
  return 0
}
