/**
 * What the page of the console may load and do, as the value of `Content-Security-Policy`. Pure, so that one table shows
 * all of it. Styles that a component makes while it runs carry the nonce; there is no script but that of the files.
 */
export function consolePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/**
 * What a document that untrusted code made may do in its frame: run its own scripts and show what it brings along. It has
 * an origin of its own, and reaches nothing: neither the network, nor the service, nor the page around it.
 */
export const FRAME_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  'media-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/**
 * The headers of such a document. `Content-Security-Policy` says nothing of WebRTC, which sends datagrams wherever it is told
 * to: `Connection-Allowlist` holds it in the browsers that know it, and what `frameDocument` puts first holds it in all.
 */
export const FRAME_HEADERS = {
  'Content-Security-Policy': FRAME_POLICY,
  'Connection-Allowlist': '()',
  'X-Frame-Options': 'SAMEORIGIN',
  'X-DNS-Prefetch-Control': 'off',
} as const
