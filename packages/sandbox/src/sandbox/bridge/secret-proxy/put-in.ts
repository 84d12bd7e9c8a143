import type { GrantedSecret } from '../../secrets/secret-grants.ts'
import type { SecretPlace } from '../../secrets/secret-options.ts'

/** A request as it came: its target, and its headers one by one. */
export interface PlainRequest {
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** What was put where: the request as it goes out, and the names of the secrets in it. */
export interface FilledRequest extends PlainRequest {
  readonly used: ReadonlySet<string>
}

/** Puts secrets in the place of their placeholders, where each may be put. */
export function fillRequest(request: PlainRequest, secrets: readonly GrantedSecret[]): FilledRequest {
  const used = new Set<string>()
  const fill = (text: string, place: SecretPlace, write: (value: string) => string) =>
    filled(text, secrets, { place, write, used })
  return {
    target: fill(request.target, 'url', encodeURIComponent),
    headers: request.headers.map(([name, value]) => [name, inHeader(value, fill)] as const),
    used,
  }
}

/** The same for a body; as its type wants it written. */
export function fillBody(
  body: Buffer,
  contentType: string,
  secrets: readonly GrantedSecret[],
): { readonly body: Buffer; readonly used: ReadonlySet<string> } {
  const used = new Set<string>()
  const write = /json/i.test(contentType)
    ? inJson
    : /urlencoded/i.test(contentType)
      ? encodeURIComponent
      : plainly
  const text = body.toString('latin1')
  const shown = filled(text, secrets, { place: 'body', write, used })
  return { body: shown === text ? body : Buffer.from(shown, 'latin1'), used }
}

interface Filling {
  readonly place: SecretPlace
  readonly write: (value: string) => string
  readonly used: Set<string>
}

function filled(text: string, secrets: readonly GrantedSecret[], { place, write, used }: Filling): string {
  let shown = text
  for (const { name, value, placeholder, places } of secrets) {
    if (!places.includes(place) || !shown.includes(placeholder)) continue
    shown = shown.replaceAll(placeholder, () => write(value))
    used.add(name)
  }
  return shown
}

type Fill = (text: string, place: SecretPlace, write: (value: string) => string) => string

/** User and password of a header stand in it in base64. */
function inHeader(value: string, fill: Fill): string {
  const basic = /^Basic +(?<credentials>[A-Za-z0-9+/]{4,8000}={0,2})$/i.exec(value)?.groups?.credentials
  if (basic === undefined) return fill(value, 'headers', plainly)
  const plain = Buffer.from(basic, 'base64').toString('latin1')
  const shown = fill(plain, 'headers', plainly)
  return shown === plain ? value : `Basic ${Buffer.from(shown, 'latin1').toString('base64')}`
}

const plainly = (value: string): string => value
const inJson = (value: string): string => JSON.stringify(value).slice(1, -1)
