import type { LibraryPlace } from './module.ts'

/** Everything about native libraries that Python's heap does not hold. Plain data, kept as JSON beside a heap. */
export interface NativeState {
  /** Size of Python's memory: data of libraries may lie beyond that of a new one. */
  readonly memoryBytes: number
  /** Length of the function table before the first library was loaded, and now. */
  readonly tableStart: number
  readonly tableLength: number
  /** In the order of loading. */
  readonly libraries: readonly NativeLibrary[]
  /** Value of each entry of the global offset table. */
  readonly offsets: Readonly<Record<string, number>>
  /** Entries of the function table that lie in no library's own range. */
  readonly slots: readonly TableSlot[]
}

/** One native library; `name` is its path in Python's file system. */
export interface NativeLibrary extends LibraryPlace {
  /** Addresses of the structures in the heap by which Python knows it. */
  readonly handles: readonly number[]
  /** Can libraries that are loaded later see its symbols? */
  readonly global: boolean
  /** How often it is open; null: it stays for ever. */
  readonly references: number | null
}

/** Which function stands at an index of the table: an export of a library, of Python itself, or one of JavaScript. */
export type TableSlot =
  | { readonly index: number; readonly library: number; readonly name: string }
  | { readonly index: number; readonly main: string }
  | { readonly index: number; readonly script: string }
