import type { EmscriptenFs } from '../pyodide-module.ts'

/** A device that neither Emscripten nor the standard streams use. */
const DEVICE_MAJOR = 201
/** Emscripten's number of an error. */
const ENOSPC = 51

/** Adds the devices of Linux that programs use and Emscripten does not have: one of zeros, and one that is always full. */
export function addDevices(fs: EmscriptenFs): void {
  const zeros = (_: object, memory: Int8Array, offset: number, length: number) => {
    memory.fill(0, offset, offset + length)
    return length
  }
  const taken = (_: object, _memory: Int8Array, _offset: number, length: number) => length
  const full = () => {
    throw new fs.ErrnoError(ENOSPC)
  }
  for (const [minor, [path, write]] of Object.entries({ '/dev/zero': taken, '/dev/full': full }).entries()) {
    const device = fs.makedev(DEVICE_MAJOR, minor)
    fs.registerDevice(device, { open() {}, close() {}, read: zeros, write })
    if (!fs.analyzePath(path).exists) fs.mkdev(path, device)
  }
}
