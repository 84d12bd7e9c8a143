/** The few pieces of the binary format of WebAssembly that a side module of Emscripten needs. */

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest & 127) | 128)
  }
}

/** Signed LEB128. */
function s32(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 127
    if (rest >> 6 === 0 || rest >> 6 === -1) return [...bytes, byte]
    bytes.push(byte | 128)
  }
}

/** Bytes with their number before them. */
export function vector(bytes: readonly number[]): number[] {
  return [...u32(bytes.length), ...bytes]
}

export function string(text: string): number[] {
  return vector([...new TextEncoder().encode(text)])
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...vector(content)]
}

/** What a module of Python imports: functions 0 to 2 (types 0 to 2), memory, table, and globals 0 to 3. */
export function importsOf(): number[] {
  const i32 = 0x7f
  const function_ = (name: string, type: number) => [...string('env'), ...string(name), 0, type]
  const global = (from: string, name: string, mutable: 0 | 1) => [
    ...string(from),
    ...string(name),
    3,
    i32,
    mutable,
  ]
  const all = [
    function_('PyModule_Create2', 0),
    function_('PyLong_FromLong', 1),
    function_('PyErr_SetString', 2),
    [...string('env'), ...string('memory'), 2, 0, 0],
    [...string('env'), ...string('__indirect_function_table'), 1, 0x70, 0, 0],
    global('env', '__memory_base', 0),
    global('env', '__table_base', 0),
    global('GOT.mem', 'PyExc_ValueError', 1),
    global('GOT.func', 'PyLong_FromLong', 1),
  ]
  return [all.length, ...all.flat()]
}

/** Functions by name. */
export function exportsOf(functions: readonly (readonly [string, number])[]): number[] {
  return [functions.length, ...functions.flatMap(([name, index]) => [...string(name), 0, index])]
}

/** One piece of memory, at the address in a global. */
export function dataSegments(baseGlobal: number, bytes: Uint8Array): number[] {
  return [1, 0, 0x23, baseGlobal, 0x0b, ...vector([...bytes])]
}

/** Instructions; addresses of `load` and `store` are offsets from the address on the stack. */
export function instructions(baseGlobal: number) {
  return {
    base: () => [0x23, baseGlobal],
    global: (index: number) => [0x23, index],
    constant: (value: number) => [0x41, ...s32(value)],
    load: (offset: number) => [0x28, 2, ...u32(offset)],
    store: (offset: number) => [0x36, 2, ...u32(offset)],
    add: () => [0x6a],
    call: (index: number) => [0x10, index],
    callIndirect: (type: number) => [0x11, type, 0],
    end: () => [0x0b],
  }
}
