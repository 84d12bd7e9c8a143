import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { late } from '../../protocol/late.ts'
import { LINUX_ERROR_NUMBERS } from './linux-error-numbers.ts'
import type { PyodidePackage } from './pyodide-package.ts'

const CODE_SECTION = 10
const SECTIONS_AT = 8
const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const I32_CONST = 0x41
const I32_NE = 0x47
const SELECT = 0x1b

/** The local variable in which `PyErr_SetFromErrnoWithFilenameObjects` keeps `errno`. */
const ERRNO = 3

/**
 * Edits of function bodies, as [what stands there, what stands there instead], in hexadecimal digits. Each must match
 * exactly once.
 */
export const wasmEdits = late((): readonly (readonly [string, string])[] => [
  // Once the text of an error is known, its number becomes that of Linux: all exceptions of C's functions are made here.
  withLinuxNumbers('200310cd6f419b860b108e190c010b419eef0510ce180b2205450d00'),
  // What tries interrupted calls again looks at the number in the exception.
  ['aa202002411b470d0002402001280200', 'aa2020024104470d0002402001280200'],
  // `_Py_Dealloc` puts off what is nested too deeply by how far C's stack is used, of which it uses nothing itself: each
  // call takes 128 bytes, which it gives back at both of its ends. Else a long list of nodes breaks V8's own stack.
  [
    '2398022206419c9cf40128020022022802c8056b410d75',
    '239802220620064180016b249802419c9cf40128020022022802c8056b410d75',
  ],
  // So does `_PyObject_Call`, which alone counts objects that call one another without a function of Python.
  [
    '01037f23980221050240200128020422062d00554108',
    '01037f239802210520054180016b2498020240200128020422062d00554108',
  ],
  // And `PyObject_RichCompare`, for what holds itself.
  [
    '01067f23980241106b220521042005249802419c9cf40128020021050240',
    '01067f23980241106b22052104200524980220054180016b249802419c9cf40128020021050240',
  ],
])

/**
 * Pyodide's WebAssembly, edited so that its error numbers are those of Linux.
 * @throws Error when an edit does not match exactly once, as it would for another version of Pyodide
 */
export function editWasm({ folder, version }: PyodidePackage): Uint8Array {
  let bytes: Buffer = readFileSync(join(folder, 'pyodide.asm.wasm'))
  for (const [found, replacement] of wasmEdits()) {
    const wanted = Buffer.from(found, 'hex')
    const at = bytes.indexOf(wanted)
    if (at < 0 || bytes.indexOf(wanted, at + 1) >= 0)
      throw new Error(`pyodide ${version} is not the version that this package is made for (WebAssembly)`)
    bytes = spliced(bytes, { at, end: at + wanted.length, bytes: Buffer.from(replacement, 'hex') })
  }
  return bytes
}

function withLinuxNumbers(before: string): readonly [string, string] {
  // The number so far, that of Linux, and whether it is another error: `select` takes the first where it is.
  const steps = LINUX_ERROR_NUMBERS.flatMap(([own, linux]) => [
    ...[I32_CONST, ...signed(linux), LOCAL_GET, ERRNO],
    ...[I32_CONST, ...signed(own), I32_NE, SELECT],
  ])
  const code = Buffer.from([LOCAL_GET, ERRNO, ...steps, LOCAL_SET, ERRNO])
  return [before, before + code.toString('hex')]
}

interface Splice {
  readonly at: number
  readonly end: number
  readonly bytes: Buffer
}

/** Puts other bytes into the body of a function; its size, and that of all code, are changed with it. */
function spliced(wasm: Buffer, { at, end, bytes }: Splice): Buffer {
  const grown = bytes.length - (end - at)
  const code = sectionAround(wasm, at)
  const body = bodyAround(wasm, code.start, at)
  const bodySize = unsigned(body.size + grown)
  const size = code.size + grown + bodySize.length - (body.start - body.sizeAt)
  return Buffer.concat([
    ...[wasm.subarray(0, code.sizeAt), unsigned(size), wasm.subarray(code.start, body.sizeAt), bodySize],
    ...[wasm.subarray(body.start, at), bytes, wasm.subarray(end)],
  ])
}

/** Something whose size stands before it. */
interface Sized {
  readonly sizeAt: number
  readonly start: number
  readonly size: number
}

function sizedAt(wasm: Buffer, sizeAt: number): Sized {
  let [size, at, shift] = [0, sizeAt, 0]
  for (let more = true; more; at++, shift += 7) {
    const byte = wasm[at] ?? 0
    size |= (byte & 0x7f) << shift
    more = byte >= 0x80
  }
  return { sizeAt, start: at, size }
}

function sectionAround(wasm: Buffer, at: number): Sized {
  for (let id = SECTIONS_AT; id < wasm.length; ) {
    const section = sizedAt(wasm, id + 1)
    if (wasm[id] === CODE_SECTION && at < section.start + section.size) return section
    id = section.start + section.size
  }
  throw new Error('no code in the WebAssembly')
}

function bodyAround(wasm: Buffer, codeStart: number, at: number): Sized {
  // The number of the bodies comes first.
  let body = sizedAt(wasm, sizedAt(wasm, codeStart).start)
  while (body.start + body.size <= at) body = sizedAt(wasm, body.start + body.size)
  return body
}

function unsigned(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** A whole number from 0, whose highest bit says that it is not below. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, value >>> 7]
}
