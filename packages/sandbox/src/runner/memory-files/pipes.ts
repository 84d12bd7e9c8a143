import type { EmscriptenFs, EmscriptenStream, PyodideModule } from '../pyodide-module.ts'

const ACCESS_MODE = 3
/** Emscripten's number of the error. */
const EPIPE = 64

type Transfer = (
  stream: EmscriptenStream,
  memory: Int8Array,
  offset: number,
  length: number,
  position: number,
) => number

/** What all ends of all pipes share. */
interface PipeOperations {
  read: Transfer
  write: Transfer
}

interface PipeEnd extends EmscriptenStream {
  readonly node: EmscriptenStream['node'] & { readonly pipe?: { readonly buckets: readonly Bucket[] } }
  readonly stream_ops: PipeOperations
}

interface Bucket {
  readonly offset: number
  readonly roffset: number
}

/**
 * Lets the ends of a pipe know of each other, as POSIX has it and Emscripten does not: a reader is at the end where nobody
 * can write any more, and a writer is refused where nobody can read.
 */
export function endPipes({ FS }: Pick<PyodideModule, 'FS'>): void {
  const { createStream } = FS
  const mended = new Set<PipeOperations>()
  FS.createStream = (properties, descriptor) => {
    const stream = createStream(properties, descriptor) as PipeEnd
    if (stream.node?.pipe !== undefined && !mended.has(stream.stream_ops)) {
      mended.add(stream.stream_ops)
      mend(FS, stream.stream_ops)
    }
    return stream
  }
}

function mend(fs: EmscriptenFs, operations: PipeOperations): void {
  const { read, write } = operations
  operations.read = (stream, memory, offset, length, position) => {
    const isEmpty = (stream as PipeEnd).node.pipe?.buckets.every((bucket) => bucket.offset === bucket.roffset)
    if (isEmpty && !hasOther(fs, stream as PipeEnd)) return 0
    return read(stream, memory, offset, length, position)
  }
  operations.write = (stream, memory, offset, length, position) => {
    if (!hasOther(fs, stream as PipeEnd)) throw new fs.ErrnoError(EPIPE)
    return write(stream, memory, offset, length, position)
  }
}

/** Is an end open that does what this one does not? */
function hasOther(fs: EmscriptenFs, end: PipeEnd): boolean {
  return fs.streams.some(
    (other) =>
      (other as PipeEnd | null | undefined)?.node?.pipe === end.node.pipe &&
      ((other?.flags ?? 0) & ACCESS_MODE) !== (end.flags & ACCESS_MODE),
  )
}
