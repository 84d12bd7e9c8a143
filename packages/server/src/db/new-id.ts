import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const RANDOM_CHARS = 16

/** What an identifier names. */
export type IdPrefix =
  | 'usr'
  | 'key'
  | 'tool'
  | 'exe'
  | 'ses'
  | 'aud'
  | 'sid'
  | 'acc'
  | 'ver'
  | 'mdl'
  | 'agt'
  | 'plc'
  | 'sec'
  | 'bat'
  | 'ano'
  | 'use'

/** A new identifier. Later ones sort after earlier ones, to the millisecond; nobody can guess one. */
export function newId(prefix: IdPrefix): string {
  const time = timeOf(Date.now())
  // 252 is the largest multiple of 36 in a byte: above it the first letters would come more often.
  let random = ''
  while (random.length < RANDOM_CHARS) {
    for (const byte of randomBytes(RANDOM_CHARS)) if (byte < 252) random += ALPHABET[byte % 36]
  }
  return `${prefix}_${time}${random.slice(0, RANDOM_CHARS)}`
}

/** What every identifier that was made at this moment or later sorts after, and none of earlier ones. */
export function firstIdAt(prefix: IdPrefix, time: Date): string {
  return `${prefix}_${timeOf(Math.max(0, time.getTime()))}`
}

function timeOf(ms: number): string {
  return ms.toString(36).padStart(9, '0')
}
