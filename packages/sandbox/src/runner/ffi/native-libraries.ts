import type { LibrariesPlan } from '../../protocol/host-messages.ts'
import type { PyodideModule } from '../pyodide-module.ts'
import { NativeLibrary } from './native-library.ts'

// Taken before the runner is locked down.
const { dlopen } = Deno

/** Opens libraries of the host for Python. Deno decides which: also a path that is not granted goes to it. */
export class NativeLibraries {
  readonly #module: PyodideModule
  readonly #plan: LibrariesPlan

  constructor(module: PyodideModule, plan: LibrariesPlan) {
    this.#module = module
    this.#plan = plan
  }

  /**
   * Opens the library at an absolute path; where all are granted, also a name that the system looks up. Bound, for
   * Python to call. Throws an Error whose name says why not: `denied` or `unusable`.
   */
  readonly open = (path: string): NativeLibrary => {
    const known = this.#plan.granted?.find((each) => each.path === path || each.target === path)
    try {
      return new NativeLibrary(dlopen, this.#module, known?.target ?? path)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): Error {
    const refused = error instanceof Error && error.name === 'NotCapable'
    const paths = this.#plan.granted?.map(({ path }) => JSON.stringify(path)) ?? []
    const granted = paths.length === 0 ? 'none' : `only ${paths.join(', ')}`
    const text = refused ? `"allowFfi" grants ${granted}` : textOf(error)
    return Object.assign(new Error(text.slice(0, 2000)), { name: refused ? 'denied' : 'unusable' })
  }
}

/** Deno's message begins with the action it tried; the message of the system follows. */
function textOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/^(Could not open library: )+/, '')
}
