let limitBytes = Number.POSITIVE_INFINITY

/**
 * Makes every growth of a WebAssembly memory past the limit fail. Emscripten turns that into a failed `malloc` and
 * Python into a clean MemoryError. Code that gets round it meets the host's watch on the process.
 */
export function installMemoryLimit(): void {
  const grow = WebAssembly.Memory.prototype.grow
  WebAssembly.Memory.prototype.grow = function limitedGrow(this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * 65_536 > limitBytes)
      throw new RangeError('Cannot grow: memory limit')
    return grow.call(this, pages)
  }
}

/** Sets the limit for Python's memory, in bytes. */
export function setMemoryLimit(bytes: number): void {
  limitBytes = bytes
}
