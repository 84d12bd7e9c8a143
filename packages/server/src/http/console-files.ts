import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** The forms in which a file is kept, the smallest first, by what `Accept-Encoding` calls them. */
const FORMS = [
  ['br', '.br'],
  ['gzip', '.gz'],
  ['identity', ''],
] as const

/** What a form of a file is called in `Accept-Encoding` and `Content-Encoding`. */
export type Encoding = (typeof FORMS)[number][0]

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** A file of the console as it is sent. */
export interface ConsoleFile {
  readonly type: string
  readonly encoding: Encoding
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The files of the console as they were built: read once, when they are wanted first. */
export class ConsoleFiles {
  readonly #folder: string
  readonly #read = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  #names: Promise<ReadonlySet<string>> | null = null
  #page: Promise<string | null> | null = null

  /** `folder` may be missing: then there is no console. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The page, in which `CSP_NONCE` stands for the nonce of its styles; null where no console was built. */
  page(): Promise<string | null> {
    this.#page ??= readFile(join(this.#folder, 'index.html'), 'utf8').catch(() => null)
    return this.#page
  }

  /** A file in the smallest form that the header allows; null where there is none of that name. */
  async asset(name: string, acceptEncoding: string | undefined): Promise<ConsoleFile | null> {
    this.#names ??= readdir(join(this.#folder, 'assets')).then(
      (names) => new Set(names),
      () => new Set(),
    )
    const names = await this.#names
    const type = TYPES[extname(name)]
    if (type === undefined || !names.has(name)) return null
    const accepted = acceptedEncodings(acceptEncoding)
    const [encoding, ending] =
      FORMS.find(([form, suffix]) => accepted.has(form) && names.has(`${name}${suffix}`)) ?? FORMS[2]
    return { type, encoding, bytes: await this.#bytes(`${name}${ending}`) }
  }

  #bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#read.get(name)
    if (known !== undefined) return known
    const bytes = readFile(join(this.#folder, 'assets', name)).then((buffer) => new Uint8Array(buffer))
    this.#read.set(name, bytes)
    return bytes
  }
}

/** The encodings that a header `Accept-Encoding` names and does not refuse (RFC 9110, 12.5.3). */
export function acceptedEncodings(header: string | undefined): ReadonlySet<string> {
  const named = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(';')
        .map((each) => each.trim()),
    )
  const refused = /^q=0(\.0*)?$/
  return new Set(named.flatMap(([name = '', weight = '']) => (refused.test(weight) ? [] : [name])))
}
