import type { ObtainedWheel } from './candidate.ts'
import { FetchError, fetchBytes } from './fetch-bytes.ts'
import { FetchTooLargeError, MAX_FETCH_BYTES, MAX_WHEEL_BYTES } from './limits.ts'
import { hashOf, type WheelCache } from './wheel-cache.ts'

/** A wheel on a server, whose hash was told beforehand. */
export interface RemoteWheel {
  readonly url: string
  readonly fileName: string
  /** In hexadecimal. */
  readonly sha256: string
  readonly silenceMs?: number | undefined
  /** The server that gave the address. */
  readonly linkedFrom?: string
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
  const { url, fileName, sha256, silenceMs, linkedFrom } = wheel
  if ((await cache.get(fileName, sha256)) !== null) return { path: cache.pathOf(fileName, sha256), sha256 }
  if (cache.fetchedBytes > MAX_FETCH_BYTES) throw new FetchTooLargeError()
  const { bytes } = await fetchBytes(url, {
    maxBytes: MAX_WHEEL_BYTES,
    silenceMs,
    linkedFrom,
  })
  cache.fetchedBytes += bytes.length
  const actual = hashOf(bytes)
  if (actual !== sha256) throw new HashDiffersError(url, sha256, actual)
  return await cache.put(fileName, bytes)
}

/** As `obtainRemote`, but gives the bytes. */
export async function readRemote(wheel: RemoteWheel, cache: WheelCache): Promise<Uint8Array> {
  await obtainRemote(wheel, cache)
  const bytes = await cache.get(wheel.fileName, wheel.sha256)
  if (bytes === null) throw new FetchError('index-failed', `"${wheel.fileName}" was damaged in the cache`)
  return bytes
}
