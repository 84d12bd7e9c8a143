/** Which bytes of a file are wanted, both ends included; `whole` for all of it, `unsatisfiable` for none that is there. */
export type ByteRange = 'whole' | 'unsatisfiable' | { readonly from: number; readonly to: number }

/**
 * Reads the header `Range` (RFC 9110). What is malformed, in another unit, or of several parts is passed over, as the
 * standard allows.
 */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null) return 'whole'
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const count = Math.min(Number(last), size)
    return count === 0 ? 'unsatisfiable' : { from: size - count, to: size - 1 }
  }
  const from = Number(first)
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return 'whole'
  return from >= size ? 'unsatisfiable' : { from, to }
}
