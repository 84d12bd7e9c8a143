import type { HostFilesPlan, HostPlace } from '../../protocol/host-messages.ts'
import { denoFiles } from './deno-files.ts'
import { errno } from './errno.ts'
import type { FileErrors } from './file-errors.ts'

/** One file or folder: its path for Python and the real one on the host. */
export interface Place {
  readonly python: string
  readonly host: string
}

/** As many as Linux follows. */
const MAX_LINKS = 40

/** Which path of Python is which on the host, and where links lead. */
export class Places {
  readonly #plan: HostFilesPlan
  readonly #errors: FileErrors
  readonly #byPath: ReadonlyMap<string, HostPlace>

  constructor(plan: HostFilesPlan, errors: FileErrors) {
    this.#plan = plan
    this.#errors = errors
    this.#byPath = new Map(plan.places.map((place) => [place.path, place]))
  }

  isReadable(host: string): boolean {
    return this.#plan.readable.some((target) => holds(target, host))
  }

  isWritable(host: string): boolean {
    return this.#plan.writable.some((target) => holds(target, host))
  }

  /**
   * The entry `name` of a folder. A grant of its own inside another one may lie elsewhere on the host. Throws EILSEQ for a
   * name that is not UTF-8: Deno would take another one.
   */
  child(folder: Place, name: string): Place {
    if (!name.isWellFormed()) throw this.#errors.make(errno('EILSEQ'))
    const python = join(folder.python, name)
    return { python, host: this.#byPath.get(python)?.target ?? join(folder.host, name) }
  }

  /**
   * The path for Python of what the link at `place` leads to in the end. Throws EACCES when that is not granted, even
   * where the first wall alone would let it through: Deno follows links without asking where they lead.
   */
  follow(place: Place): string {
    const rest = place.host.split('/')
    let current = '/'
    for (let links = 0; rest.length > 0; ) {
      const part = rest.shift()
      if (part === undefined || part === '' || part === '.') continue
      if (part === '..') {
        current = parentOf(current)
        continue
      }
      const next = join(current, part)
      const link = this.#linkAt(next, place)
      if (link === null) {
        current = this.#byPath.get(next)?.target ?? next
        continue
      }
      links += 1
      if (links > MAX_LINKS) throw this.#errors.make(errno('ELOOP'))
      rest.unshift(...link.split('/'))
      if (link.startsWith('/')) current = '/'
    }
    return this.#pathFor(current, place)
  }

  /** The text of the link at `host`, or null when it is none. `place` is what Python asked for. */
  #linkAt(host: string, place: Place): string | null {
    // The way to what is granted holds no links: targets are real paths.
    if (this.#byPath.has(host)) return null
    if (this.isReadable(host)) {
      return this.#errors.turning('allowRead', place.python, () =>
        denoFiles.lstatSync(host).isSymlink ? denoFiles.readLinkSync(host) : null,
      )
    }
    // What may only be written is looked at when it is opened, and refused then if it is a link.
    if (this.#leadsToGrant(host) || this.isWritable(host)) return null
    throw this.#errors.refuse('allowRead', place.python)
  }

  #leadsToGrant(host: string): boolean {
    return this.#plan.places.some(
      ({ path, target }) => (host !== target && holds(host, target)) || (host !== path && holds(host, path)),
    )
  }

  #pathFor(host: string, asked: Place): string {
    const [place] = this.#plan.places
      .filter(({ target }) => holds(target, host))
      .sort((one, other) => other.target.length - one.target.length)
    if (place === undefined) throw this.#errors.refuse('allowRead', asked.python)
    return `${place.path}${host.slice(place.target.length)}`
  }
}

/** Is `path` the folder itself or below it? Both absolute and normalised. */
export function holds(folder: string, path: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`)
}

function join(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
