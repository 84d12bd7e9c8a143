/** How a message is framed and whom it is for, and what it says of the connection: nobody but the host decides these. */
const OF_CONNECTION = new Set([
  ...['content-encoding', 'content-length', 'expect', 'host', 'transfer-encoding', 'trailer', 'te'],
  ...['connection', 'http2-settings', 'keep-alive', 'upgrade'],
])
/** Set by the host, part of the authentication, or believed by a server behind a proxy. */
const NOT_OF_DOCUMENTS = new Set([
  ...['accept', 'accept-encoding', 'authorization', 'content-type', 'cookie', 'cookie2', 'set-cookie'],
  ...['forwarded', 'via', 'x-real-ip'],
])
/** A field name (RFC 9110, 5.1). */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]{1,200}$/

/** Reports whether the authentication of a tool may hold a header of this name. */
export function isHeaderOfAuth(name: string): boolean {
  const lower = name.toLowerCase()
  return TOKEN.test(name) && !OF_CONNECTION.has(lower) && !lower.startsWith('proxy-')
}

/** Reports whether the document of a tool may have a header of this name filled in. */
export function isHeaderOfDocument(name: string): boolean {
  const lower = name.toLowerCase()
  return isHeaderOfAuth(name) && !NOT_OF_DOCUMENTS.has(lower) && !lower.startsWith('x-forwarded-')
}
