import type { PyBuffer, PyBufferView, PyodideModule } from '../pyodide-module.ts'
import { NUMBER_TYPES, SLOT_BYTES } from './value-types.ts'

/** What Python says of a function: names of types; `result` may be `void`. */
export interface Declaration {
  readonly name: string
  readonly parameters: readonly string[]
  readonly result: string
}

/** Called by Python with its buffers, when it has put the other arguments into their slots. */
export type NativeCall = (...buffers: readonly (PyBuffer | undefined)[]) => void

/** The declaration in Deno's words. `optional`: what the library lacks is null, and not an exception. */
export function foreignFunction({ name, parameters, result }: Declaration): Deno.ForeignFunction {
  return {
    name,
    parameters: parameters.map((type) => NUMBER_TYPES.get(type)?.native ?? 'buffer'),
    result: NUMBER_TYPES.get(result)?.native ?? 'void',
    optional: true,
  }
}

/**
 * A function for Python to call. Numbers are in slots of Python's memory, one for each parameter, and the result comes
 * into the first one: so all of them cross exactly, and a call needs no objects on the way.
 */
export function nativeCall(
  symbol: (...values: unknown[]) => unknown,
  { parameters, result }: Declaration,
  module: Pick<PyodideModule, 'HEAPU8'>,
  slots: Uint8Array,
): NativeCall {
  const readers = parameters.map((type) => NUMBER_TYPES.get(type)?.read)
  const write = NUMBER_TYPES.get(result)?.write
  const { byteOffset, length } = slots
  return (...buffers) => {
    // Made anew: when Python's memory has grown, older views of it are empty.
    const memory = new DataView(module.HEAPU8.buffer, byteOffset, length)
    const views = buffers.map((buffer) => buffer?.getBuffer('u8') ?? null)
    try {
      let next = 0
      const values = readers.map((read, index) =>
        read === undefined ? bytesOf(views[next++] ?? null) : read(memory, index * SLOT_BYTES),
      )
      const value = symbol(...values)
      write?.(memory, value as number | bigint | boolean)
    } finally {
      for (const view of views) view?.release()
    }
  }
}

/**
 * What can be written is given as it lies in Python's memory, where the library may change it. What cannot is copied,
 * with a zero behind it, as C wants its texts.
 */
function bytesOf(view: PyBufferView | null): Uint8Array<ArrayBuffer> | null {
  if (view === null) return null
  const data = view.data as Uint8Array<ArrayBuffer>
  if (!view.readonly) return data
  const copy = new Uint8Array(data.length + 1)
  copy.set(data)
  return copy
}
