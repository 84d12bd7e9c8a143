/** Cookies that were set, as a browser sends them back. */
export function cookieHeader(setCookies: readonly string[]): Headers {
  return new Headers({ cookie: setCookies.map((text) => text.split(';', 1)[0]).join('; ') })
}
