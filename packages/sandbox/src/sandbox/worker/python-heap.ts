import { closeSync, openSync, readSync } from 'node:fs'

/** What V8 reserves for a memory of WebAssembly that 32 bits address, in bytes. */
const RESERVED_BYTES = 2 ** 32
/** A worker can make as many mappings as it likes: of so much text is its heap looked for, in bytes. */
const MAX_MAPS_BYTES = 65_536

/**
 * Size of Python's heap in a worker, in bytes, or null when it is not found: the memory of WebAssembly as far as it has
 * grown, with what is free in it. It is read from outside, so that the run is not asked; a worker that lies can make it
 * larger than it is.
 */
export function readPythonHeap(pid: number): number | null {
  if (process.platform !== 'linux') return null
  try {
    return heapIn(beginningOf(`/proc/${pid}/maps`))
  } catch {
    return null
  }
}

/** Files of procfs give a page at a time. */
function beginningOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafe(MAX_MAPS_BYTES)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    return bytes.toString('latin1', 0, length)
  } finally {
    closeSync(file)
  }
}

/**
 * The largest mapping that can be written and is followed by one that is only reserved, where both together are what is
 * reserved for a memory of WebAssembly; null without one.
 */
export function heapIn(maps: string): number | null {
  let heap: number | null = null
  let last = { start: 0, end: 0, isData: false }
  for (const line of maps.split('\n')) {
    const [, from, to, rights] = /^([\da-f]{1,16})-([\da-f]{1,16}) (\S{4})/.exec(line) ?? []
    if (from === undefined || to === undefined) continue
    const start = Number.parseInt(from, 16)
    const end = Number.parseInt(to, 16)
    const isRest = rights === '---p' && last.isData && last.end === start
    if (isRest && end - last.start === RESERVED_BYTES) heap = Math.max(heap ?? 0, last.end - last.start)
    last = { start, end, isData: rights === 'rw-p' }
  }
  return heap
}
