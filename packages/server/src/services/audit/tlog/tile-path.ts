import { TILE_WIDTH } from './right-edge.ts'

/** The path of a tile of this width below the log (C2SP: tlog-tiles): `tile/0/x001/234`, partial ones end in `.p/<width>`. */
export function tilePath(level: number | 'entries', index: number, width: number): string {
  const digits = String(index)
  const parts = digits
    .padStart(Math.ceil(digits.length / 3) * 3, '0')
    .match(/\d{3}/g)
    ?.map((part, at, all) => (at < all.length - 1 ? `x${part}` : part))
  const partial = width < TILE_WIDTH ? `.p/${width}` : ''
  return `tile/${level}/${parts?.join('/')}${partial}`
}
