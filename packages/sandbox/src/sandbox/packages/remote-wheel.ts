import type { ObtainedWheel } from './candidate.ts'
import { fetchPieces } from './fetch-pieces.ts'
import { FetchTooLargeError, MAX_FETCH_BYTES, MAX_WHEEL_BYTES } from './limits.ts'
import type { WheelCache } from './wheel-cache.ts'

/** A wheel on a server, whose hash was told beforehand. */
export interface RemoteWheel {
  readonly url: string
  readonly fileName: string
  /** In hexadecimal. */
  readonly sha256: string
  readonly silenceMs?: number | undefined
  /** The server that gave the address. */
  readonly linkedFrom?: string
  /** Aborted when nobody wants it any more. */
  readonly signal?: AbortSignal | undefined
}

/** The bytes of a wheel are not those that were announced. */
export class HashDiffersError extends Error {
  constructor(url: string, expected: string, actual: string) {
    super(`"${url}" has the hash ${actual}, but ${expected} was announced`)
  }
}

/**
 * Fetches a wheel, unless the cache has it.
 * @throws FetchError
 * @throws HashDiffersError
 * @throws FetchTooLargeError
 */
export async function obtainRemote(wheel: RemoteWheel, cache: WheelCache): Promise<ObtainedWheel> {
  const { url, fileName, sha256 } = wheel
  if (await cache.has(fileName, sha256)) return { path: cache.pathOf(fileName, sha256), sha256 }
  return await cache.put(fileName, piecesOf(wheel, cache), (actual) => {
    if (actual !== sha256) throw new HashDiffersError(url, sha256, actual)
  })
}

async function* piecesOf(
  { url, silenceMs, linkedFrom, signal }: RemoteWheel,
  cache: WheelCache,
): AsyncGenerator<Uint8Array, void, void> {
  const plan = { maxBytes: MAX_WHEEL_BYTES, silenceMs, linkedFrom, signal }
  for await (const { bytes } of fetchPieces(url, plan)) {
    cache.fetchedBytes += bytes.length
    if (cache.fetchedBytes > MAX_FETCH_BYTES) throw new FetchTooLargeError()
    yield bytes
  }
}
