import { looseShadow, tightShadow } from './shadow.ts'

/** A form with less would be found everywhere. */
export const MIN_FORM_BYTES = 6
/** A secret past this has only the forms that people write by accident. */
const MAX_SPELT_CHARS = 512

/**
 * The forms in which a secret is looked for, each as it is compared: as it is, backwards, in hexadecimal and decimal, in
 * URLs, in JSON, in HTML, in base64 at each of its three places, letter by letter. None has fewer than 6 bytes. They are made
 * in steps, between which something else may have its turn.
 */
export function* formsOf(secret: string): Generator<void, Buffer[], void> {
  const bytes = Buffer.from(secret, 'utf8')
  const texts = [secret, secret.trim(), secret.normalize('NFC'), secret.normalize('NFD')]
  texts.push([...secret].reverse().join(''), bytes.toString('hex'), ...base64Forms(bytes))
  for (const url of urlForms(secret)) texts.push(url, encodeURIComponent(url))
  texts.push(...quotedForms(secret))
  if (secret.length <= MAX_SPELT_CHARS) texts.push(...speltForms(secret, bytes))
  const different = new Map<string, Buffer>()
  for (const text of new Set(texts)) {
    for (const form of [tightShadow(text), looseShadow(text)])
      if (form.length >= MIN_FORM_BYTES) different.set(form.toString('latin1'), form)
    yield
  }
  return [...different.values()]
}

/** As parts of URLs: of JavaScript, of Python, of forms, and with every byte escaped. */
function urlForms(secret: string): string[] {
  // Half a character of two units is none in a URL.
  const whole = Buffer.from(secret, 'utf8').toString('utf8')
  const part = encodeURIComponent(whole)
  const strict = part.replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  const every = Buffer.from(secret, 'utf8').toString('hex').replace(/../g, '%$&')
  return [part, strict, part.replaceAll('%2F', '/'), strict.replaceAll('%20', '+'), encodeURI(whole), every]
}

/** Within quotes: of JSON, once and twice, with letters of ASCII alone; of Python; of HTML. */
function quotedForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const python = secret.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const slashed = json.replaceAll('/', '\\/')
  const twice = JSON.stringify(json).slice(1, -1)
  return [
    ...[json, ascii, slashed, twice, JSON.stringify(ascii).slice(1, -1)],
    ...[python, python.replaceAll("'", "\\'")],
    ...[
      html,
      html.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
      html.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
    ],
  ]
}

/** Letter by letter and byte by byte. */
function speltForms(secret: string, bytes: Buffer): string[] {
  const letters = [...secret]
  const pairs = bytes.toString('hex').match(/../g) ?? []
  return [
    ...[letters.join(' '), letters.join("', '"), [...bytes].join(', ')],
    ...[pairs.join(':'), pairs.join(' '), pairs.join('-'), pairs.join('\\x'), pairs.join(', 0x')],
  ]
}

/**
 * What of the base64 of a longer text depends on these bytes alone, for each place where they can begin in a group of
 * three; with both alphabets.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}
