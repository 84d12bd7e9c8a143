import type { PyBuffer, PyodideModule } from '../pyodide-module.ts'
import { foreignFunction, type NativeCall, nativeCall } from './native-function.ts'

type Open = typeof Deno.dlopen

/** One library, opened; kept by Python. */
export class NativeLibrary {
  readonly #open: Open
  readonly #module: PyodideModule
  readonly #path: string
  /** Deno loads a library once for each set of functions; the system counts. */
  readonly #handles: { close(): void }[] = []

  /** Throws what Deno throws when the library may not or cannot be opened. */
  constructor(open: Open, module: PyodideModule, path: string) {
    this.#open = open
    this.#module = module
    this.#path = path
    this.#handles.push(open(path, {}))
  }

  /**
   * Declares a function, or gives undefined when the library has none of this name.
   * @param parameters names of types, with commas between them
   * @param slots memory of Python's for numbers, which stays where it is from now on
   */
  declare(name: string, parameters: string, result: string, slots: PyBuffer): NativeCall | undefined {
    const types = parameters === '' ? [] : parameters.split(',')
    const declaration = { name, parameters: types, result }
    const handle = this.#open(this.#path, { symbol: foreignFunction(declaration) })
    this.#handles.push(handle)
    const { symbol } = handle.symbols as { symbol: ((...values: unknown[]) => unknown) | null }
    if (symbol === null) return undefined
    // Never released, so that Python keeps the memory where it is.
    const { data } = slots.getBuffer('u8')
    return nativeCall(symbol, declaration, this.#module, data)
  }

  close(): void {
    for (const handle of this.#handles.splice(0)) handle.close()
  }
}
