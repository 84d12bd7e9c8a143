import type { EmscriptenFs } from '../pyodide-module.ts'
import { errno, errnoOf } from './errno.ts'

/** The option that would have to hold a path. */
export type FileOption = 'allowRead' | 'allowWrite'

const MAX_PATH_CHARS = 4096
/** Refused paths that are remembered. */
const MAX_REFUSALS = 1000

/** An access that was refused, for the hint in the result. */
export interface Refusal {
  readonly option: FileOption
  /** As Python wrote it. */
  readonly path: string
}

/** Makes every failure one that Python can catch, and remembers what was refused. */
export class FileErrors {
  readonly #fs: EmscriptenFs
  lastRefusal: Refusal | null = null
  /** The missing option, by path; the oldest entry is dropped first. */
  readonly #refused = new Map<string, FileOption>()

  constructor(fs: EmscriptenFs) {
    this.#fs = fs
  }

  make(number: number): Error {
    return new this.#fs.ErrnoError(number)
  }

  refuse(option: FileOption, path: string): Error {
    this.lastRefusal = { option, path: path.slice(0, MAX_PATH_CHARS) }
    this.#refused.delete(path)
    this.#refused.set(path, option)
    if (this.#refused.size > MAX_REFUSALS) this.#refused.delete(this.#refused.keys().next().value ?? '')
    return this.make(errno('EACCES'))
  }

  /** The option that was missing when this path was refused; an empty text when it was not. */
  readonly optionFor = (path: string): string => this.#refused.get(path) ?? ''

  /** Runs `action`, which needs `option` for `path`. */
  turning<Value>(option: FileOption, path: string, action: () => Value): Value {
    try {
      return action()
    } catch (error) {
      throw this.turned(error, option, path)
    }
  }

  /** The error as one of Emscripten's. */
  turned(error: unknown, option: FileOption, path: string): Error {
    if (error instanceof this.#fs.ErrnoError) return error
    const number = errnoOf(error)
    return number === errno('EACCES') ? this.refuse(optionOf(error, option), path) : this.make(number)
  }
}

/** Renaming needs both, and only Deno's message says which one was missing. */
function optionOf(error: unknown, option: FileOption): FileOption {
  const text = error instanceof Error ? error.message : ''
  if (text.startsWith('Requires read')) return 'allowRead'
  return text.startsWith('Requires write') ? 'allowWrite' : option
}
