import { HASH_BYTES, leafHash } from './hashes.ts'
import { rootOfProof } from './inclusion.ts'
import type { KeyRing } from './key-ring.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'

/** A proof that can be checked later, without the log (C2SP: tlog-proof). `leaf` is the entry, byte for byte. */
export interface TlogProof {
  readonly leaf: Buffer
  readonly index: number
  readonly hashes: readonly Buffer[]
  readonly checkpoint: string
}

/** Writes a proof as text; the entry is in its line `extra`. */
export function writeProof({ leaf, index, hashes, checkpoint }: TlogProof): string {
  const lines = hashes.map((hash) => `${hash.toString('base64')}\n`)
  return `${HEADER}\nextra ${leaf.toString('base64')}\nindex ${index}\n${lines.join('')}\n${checkpoint}`
}

/** The entry that a proof proves, and its index; null when it proves none under these keys. */
export function openProof(
  text: string,
  keys: Pick<KeyRing, 'open'>,
): { readonly leaf: Buffer; readonly index: number } | null {
  const [, extra = '', digits = '', lines = '', checkpoint = ''] =
    /^c2sp\.org\/tlog-proof@v1\nextra ([A-Za-z\d+/=]+)\nindex (0|[1-9]\d{0,15})\n((?:[A-Za-z\d+/]{43}=\n){0,64})\n([\s\S]+)$/.exec(
      text,
    ) ?? []
  const head = keys.open(checkpoint)
  if (head === null) return null
  const [leaf, index] = [Buffer.from(extra, 'base64'), Number(digits)]
  const hashes = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'base64'))
  if (hashes.some(({ length }) => length !== HASH_BYTES)) return null
  const root = rootOfProof(leafHash(leaf), { index, size: head.size }, hashes)
  return root?.equals(head.root) ? { leaf, index } : null
}
