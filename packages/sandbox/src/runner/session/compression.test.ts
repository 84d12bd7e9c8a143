import { expect, test } from 'vitest'
import { Decompressed, StatePacker } from './compression.ts'

const LIMIT = 2 ** 24
const plain = [
  new Uint8Array([1, 2, 3]),
  new Uint8Array(300_000).fill(7),
  crypto.getRandomValues(new Uint8Array(60_000)),
]
const all = joined(plain)

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
}

/** Everything that the pieces become, cut into other pieces than they were made in. */
async function inflate(pieces: readonly Uint8Array[], maxPlainBytes = LIMIT): Promise<Uint8Array> {
  const bytes = joined(pieces)
  const parts = Array.from({ length: Math.ceil(bytes.length / 1001) }, (_, index) =>
    bytes.subarray(index * 1001, (index + 1) * 1001),
  )
  const source = new Decompressed(parts, maxPlainBytes)
  const found = await source.take(all.length)
  await source.end()
  return found
}

test('StatePacker sends a chunk that is as it was before only once', async () => {
  const packer = new StatePacker()
  const first = await packer.pack(plain, { save: 1, known: null, maxBytes: LIMIT })
  expect(first.chunks).toEqual(first.pieces.map(({ length }) => length))
  expect(await inflate(first.pieces)).toEqual(all)
  const [, big = new Uint8Array(), random = new Uint8Array()] = plain
  const next = [random, new Uint8Array([4]), big]
  const second = await packer.pack(next, { save: 2, known: 1, maxBytes: LIMIT })
  expect(second.chunks).toEqual([-3, second.pieces[0]?.length, -2])
  expect(second.pieces).toHaveLength(1)
  // The host has lost that one, or never had it.
  for (const known of [null, 1]) {
    const third = await packer.pack(next, { save: 3, known, maxBytes: LIMIT })
    expect(third.pieces).toHaveLength(3)
  }
})

test('StatePacker counts what it does not send', async () => {
  const packer = new StatePacker()
  await packer.pack(plain, { save: 1, known: null, maxBytes: LIMIT })
  await expect(packer.pack(plain, { save: 2, known: 1, maxBytes: 50_000 })).rejects.toThrow(
    /more than 50000 bytes when compressed/,
  )
})

test('Decompressed refuses what is cut, what is too long, and what becomes too large', async () => {
  const { pieces } = await new StatePacker().pack(plain, { save: 1, known: null, maxBytes: LIMIT })
  const bytes = joined(pieces)
  await expect(inflate([bytes.subarray(0, -1)])).rejects.toThrow(/cut/)
  await expect(inflate([bytes, bytes])).rejects.toThrow(/too long/)
  await expect(inflate([bytes], 200_000)).rejects.toThrow(/cut|larger than allowed/)
  await expect(inflate([new TextEncoder().encode('no session at all')])).rejects.toThrow(/cut/)
  await expect(inflate([new Uint8Array([3, 0, 0, 0, 255, 255, 255])])).rejects.toThrow()
})
