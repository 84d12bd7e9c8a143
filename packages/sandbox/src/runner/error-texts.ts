/** Texts of Linux by WebAssembly's error numbers, where those of its C library are others. */
const TEXTS = new Map<number, string>([
  [3, 'Address already in use'],
  [4, 'Cannot assign requested address'],
  [10, 'Device or resource busy'],
  [12, 'No child processes'],
  [13, 'Software caused connection abort'],
  [16, 'Resource deadlock avoided'],
  [18, 'Numerical argument out of domain'],
  [19, 'Disk quota exceeded'],
  [23, 'No route to host'],
  [25, 'Invalid or incomplete multibyte or wide character'],
  [26, 'Operation now in progress'],
  [29, 'Input/output error'],
  [30, 'Transport endpoint is already connected'],
  [32, 'Too many levels of symbolic links'],
  [33, 'Too many open files'],
  [35, 'Message too long'],
  [37, 'File name too long'],
  [39, 'Network dropped connection on reset'],
  [40, 'Network is unreachable'],
  [48, 'Cannot allocate memory'],
  [53, 'Transport endpoint is not connected'],
  [57, 'Socket operation on non-socket'],
  [59, 'Inappropriate ioctl for device'],
  [68, 'Numerical result out of range'],
  [70, 'Illegal seek'],
  [73, 'Connection timed out'],
  [75, 'Invalid cross-device link'],
  [138, 'Operation not supported'],
  [140, 'Cannot send after transport endpoint shutdown'],
])
/** Of streams, media and keys, which are not to be had here: they leave their room to the longer texts. */
const LEFT_OUT = new Set([
  'Device not a stream',
  'Device timeout',
  'Out of streams resources',
  'Block device required',
  'Wrong medium type',
  'No medium found',
  'Remote I/O error',
  'File descriptor in bad state',
  'Required key not available',
  'Key has expired',
  'Key has been revoked',
  'Key was rejected by service',
])

const START = new TextEncoder().encode('Success\0Illegal byte sequence\0Domain error\0')
/** The text after the last one. */
const AFTER = 'Unknown signal'
const KNOWN: readonly (readonly [number, string])[] = [
  [44, 'No such file or directory'],
  [63, 'Operation not permitted'],
  [2, 'Permission denied'],
  [20, 'File exists'],
]
const MAX_NUMBER = 200

/**
 * Puts the texts of Linux where the C library has its own: exceptions of C's functions take them from there. The texts lie
 * one behind the other, with a table of their places by number, each of two bytes.
 * @throws Error where they are not as this package expects them
 */
export function putErrorTexts(heap: Uint8Array): void {
  const start = indexOf(heap, START)
  const { places, size } = textsAt(heap, start)
  const table = tableNear(heap, start, places)
  const texts = new Map([...places].map(([text, place]) => [place, text]))
  const room = heap.subarray(start, start + size)
  const written = new Map<string, number>([['', 0]])
  const bytes = new TextEncoder().encode('Success\0')
  let end = bytes.length
  room.fill(0).set(bytes)
  for (let number = 1; number < MAX_NUMBER; number++) {
    const own = texts.get(table[number] ?? -1)
    if (own === undefined) break
    const text = LEFT_OUT.has(own) || own === 'Success' ? '' : (TEXTS.get(number) ?? own)
    if (!written.has(text)) {
      const more = new TextEncoder().encode(`${text}\0`)
      if (end + more.length > size) throw new Error(`no room for the text "${text}"`)
      room.set(more, end)
      written.set(text, end)
      end += more.length
    }
    table[number] = written.get(text) ?? 0
  }
}

function indexOf(heap: Uint8Array, wanted: Uint8Array): number {
  for (let at = heap.indexOf(wanted[0] ?? 0); at >= 0; at = heap.indexOf(wanted[0] ?? 0, at + 1))
    if (wanted.every((byte, index) => heap[at + index] === byte)) return at
  throw new Error('no texts of errors in the memory of Python')
}

/** The place of each text from the start, and the bytes of all. */
function textsAt(heap: Uint8Array, start: number): { places: Map<string, number>; size: number } {
  const places = new Map<string, number>()
  for (let at = start; ; ) {
    const end = heap.indexOf(0, at)
    const text = new TextDecoder().decode(heap.subarray(at, end))
    if (text === AFTER) return { places, size: at - start }
    places.set(text, at - start)
    at = end + 1
  }
}

function tableNear(heap: Uint8Array, start: number, places: ReadonlyMap<string, number>): Uint16Array {
  for (let at = (start - 4096) & ~1; at < start + 8192; at += 2) {
    const table = new Uint16Array(heap.buffer, heap.byteOffset + at, MAX_NUMBER)
    if (KNOWN.every(([number, text]) => table[number] === places.get(text))) return table
  }
  throw new Error('no table of the texts of errors in the memory of Python')
}
