/** What bodies may be, in bytes, where little is said in them. */
const SMALL_BYTES = 65_536

/** Where whole programs, files and documents are sent. */
const LARGE = [
  /^\/mcp$/,
  /^\/api\/v1\/(?:executions|batches)$/,
  /^\/api\/v1\/agent\/runs$/,
  /^\/api\/v1\/sessions\/[^/]+\/(?:executions$|files\/)/,
  /^\/api\/v1\/tools(?:$|\/[^/]+(?:$|\/execute$))/,
]

/** The most bytes that a body of a request to this path may have. */
export function maxBodyBytes(path: string, maxRequestBytes: number): number {
  return LARGE.some((pattern) => pattern.test(path))
    ? maxRequestBytes
    : Math.min(SMALL_BYTES, maxRequestBytes)
}

/** In how many pieces a body of so many bytes may come at most: each costs about as much as hundreds of bytes do. */
export function maxPieces(bytes: number): number {
  return 2000 + bytes / 256
}
