import { domainToASCII, domainToUnicode } from 'node:url'
import { EntryRefusal, quoted } from './entries.ts'

const MAX_NAME_LENGTH = 253
/** As written, a name may have characters that its one spelling drops; making that spelling is not linear. */
const MAX_WRITTEN_LENGTH = 1024
const LABEL = /^(?!-)[a-z\d_-]{1,63}(?<!-)$/

/**
 * The one spelling of a DNS name: lower case, punycode, without the dot at the end.
 * @throws EntryRefusal when it is not a name, or when URL parsers read an IPv4 address in it
 */
export function canonicalName(text: string): string {
  if (text.length > MAX_WRITTEN_LENGTH) throw tooLong()
  refuseNumeric(text, text)
  const ascii = domainToASCII(text)
  if (ascii === '' || hasUnreadablePunycode(ascii)) throw new EntryRefusal('is not a valid host name')
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii
  refuseNumeric(name, text)
  if (name.length > MAX_NAME_LENGTH) throw tooLong()
  const wrong = name.split('.').find((label) => !LABEL.test(label))
  if (wrong !== undefined) throw new EntryRefusal(`is not a host name: ${labelProblem(wrong)}`)
  return name
}

/** Does a part begin as punycode and is none? Newer versions of Node let such a name through, older ones refuse it. */
function hasUnreadablePunycode(ascii: string): boolean {
  if (!/(?:^|\.)xn--/.test(ascii)) return false
  const read = domainToUnicode(ascii)
  // Some versions give back what they cannot read, some a part of it.
  return read === '' || /(?:^|\.)xn--/.test(read) || domainToASCII(read) !== ascii
}

function tooLong(): EntryRefusal {
  return new EntryRefusal(`is not a host name: longer than ${MAX_NAME_LENGTH} characters`)
}

/** The host that the WHATWG URL parser reads in `text`, an IPv6 address in brackets; null when it reads none. */
export function hostOfUrlParser(text: string): string | null {
  try {
    const { hostname } = new URL(`http://${text}/`)
    return hasUnreadablePunycode(hostname) ? null : hostname
  } catch {
    return null
  }
}

/** A last part that is a number makes the whole an IPv4 address to URL parsers, and never a name. */
function refuseNumeric(name: string, asWritten: string): void {
  if (!/(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i.test(name)) return
  const meaning = hostOfUrlParser(asWritten)
  throw new EntryRefusal(
    meaning === null
      ? 'is not an IPv4 address: four decimal numbers from 0 to 255 with dots are needed'
      : `is not a plain IPv4 address: URL parsers read ${meaning} in it, others something else; ` +
          `write "${meaning}" if you mean that`,
  )
}

function labelProblem(label: string): string {
  if (label === '') return 'a part between two dots is empty'
  if (label.length > 63) return `the part ${quoted(label)} is longer than 63 characters`
  return `the part ${quoted(label)} may hold only letters, digits, "_" and, inside, "-"`
}
