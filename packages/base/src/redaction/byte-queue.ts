/** Bytes that wait, in the pieces in which they came. */
export class ByteQueue {
  #pieces: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Copies them: they may be a view of memory that is used again. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pieces.push(bytes.slice())
    this.#length += bytes.length
  }

  /** The first so many bytes, in pieces. */
  take(count: number): Uint8Array[] {
    const taken: Uint8Array[] = []
    let left = Math.min(count, this.#length)
    this.#length -= left
    let pieces = 0
    while (left > 0) {
      const piece = this.#pieces[pieces] ?? new Uint8Array()
      if (piece.length > left) {
        taken.push(piece.subarray(0, left))
        this.#pieces[pieces] = piece.subarray(left)
        break
      }
      taken.push(piece)
      left -= piece.length
      pieces += 1
    }
    this.#pieces.splice(0, pieces)
    return taken
  }
}
