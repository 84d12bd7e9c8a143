/**
 * JSON in its one canonical form (RFC 8785): sorted names, no white space, numbers as JavaScript writes them. Names whose
 * value is undefined are left out; half a character becomes U+FFFD, for a text of a stranger must not keep a deed from being
 * recorded.
 * @throws TypeError for what JSON does not hold
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value === 'object') return canonicalObject(value)
  throw new TypeError(`Cannot write as JSON: ${typeof value} ${String(value)}`)
}

function canonicalObject(value: object): string {
  // By UTF-16 code units, as the default order of JavaScript is.
  let members = ''
  for (const name of Object.keys(value).sort()) {
    const item: unknown = Reflect.get(value, name)
    if (item !== undefined) members += `${members === '' ? '' : ','}${quoted(name)}:${canonicalJson(item)}`
  }
  return `{${members}}`
}

/** JSON.stringify escapes what RFC 8785 escapes, and halves of characters, which that refuses. */
function quoted(text: string): string {
  const json = JSON.stringify(text)
  return json.includes('\\ud') ? JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')) : json
}
