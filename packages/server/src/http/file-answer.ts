import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { KeptFile } from '../services/executions/execution-files.ts'
import { byteRange } from './byte-range.ts'
import type { AppEnv } from './environment.ts'

/** Types that a browser shows without running anything; whatever else a file says that it is, it is bytes. */
const HARMLESS = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  ...['text/plain', 'text/csv', 'application/json', 'application/pdf'],
])

/** Answers with a file that untrusted code made: to be saved, never to be shown as a page of this site. */
export function fileAnswer(c: Context<AppEnv>, file: KeptFile): Response {
  const { size, mime, path, sha256 } = file
  const etag = `"${sha256}"`
  c.header('ETag', etag)
  c.header('Accept-Ranges', 'bytes')
  c.header('Cache-Control', 'private, no-cache')
  c.header('Content-Security-Policy', "default-src 'none'; sandbox; frame-ancestors 'none'")
  if (matches(c.req.header('If-None-Match'), etag)) {
    file.close?.()
    return c.body(null, 304)
  }
  const condition = c.req.header('If-Range')
  const wanted = condition === undefined || condition === etag ? c.req.header('Range') : undefined
  const range = byteRange(wanted, size)
  if (range === 'unsatisfiable') {
    file.close?.()
    c.header('Content-Range', `bytes */${size}`)
    throw new HTTPException(416, { message: `The file has ${size} bytes` })
  }
  c.header('Content-Type', HARMLESS.has(mime) ? mime : 'application/octet-stream')
  c.header('Content-Disposition', attachment(path.slice(path.lastIndexOf('/') + 1)))
  const { from, to } = range === 'whole' ? { from: 0, to: size - 1 } : range
  if (range !== 'whole') c.header('Content-Range', `bytes ${from}-${to}/${size}`)
  c.header('Content-Length', String(to - from + 1))
  const status = range === 'whole' ? 200 : 206
  // Nobody would read the stream of an answer without a body, nor close it.
  if (c.req.raw.method === 'HEAD' || size === 0) {
    file.close?.()
    return c.body(null, status)
  }
  return c.body(Readable.toWeb(file.read(from, to)) as ReadableStream, status)
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header
    .split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
    .some((each) => each === etag || each === '*')
}

/** The name twice: for old readers in ASCII, and as it is (RFC 6266). */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.-]/g, '_').slice(0, 200)
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
