/** A place of eight bytes for each argument, and for the result; Python writes and reads them with `struct`. */
export const SLOT_BYTES = 8

type NativeValue = number | bigint | boolean

/** A type of numbers: what Deno calls it, and how it lies in a slot. Everything is little-endian, as WebAssembly is. */
interface NumberType {
  readonly native: Deno.NativeType
  read(slots: DataView, at: number): NativeValue
  write(slots: DataView, value: NativeValue): void
}

const I64: Pick<NumberType, 'read' | 'write'> = {
  read: (slots, at) => slots.getBigInt64(at, true),
  write: (slots, value) => slots.setBigInt64(0, BigInt(value), true),
}
const U64: Pick<NumberType, 'read' | 'write'> = {
  read: (slots, at) => slots.getBigUint64(at, true),
  write: (slots, value) => slots.setBigUint64(0, BigInt(value), true),
}

/** The types of numbers, by the names that Python uses, which are Deno's. */
export const NUMBER_TYPES: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  number('i8', 'getInt8', 'setInt8'),
  number('u8', 'getUint8', 'setUint8'),
  number('i16', 'getInt16', 'setInt16'),
  number('u16', 'getUint16', 'setUint16'),
  number('i32', 'getInt32', 'setInt32'),
  number('u32', 'getUint32', 'setUint32'),
  number('f32', 'getFloat32', 'setFloat32'),
  number('f64', 'getFloat64', 'setFloat64'),
  ['i64', { native: 'i64', ...I64 }],
  ['u64', { native: 'u64', ...U64 }],
  ['isize', { native: 'isize', ...I64 }],
  ['usize', { native: 'usize', ...U64 }],
  // An address is a number to Python. Deno's own pointers would need the permission for all libraries.
  ['pointer', { native: 'usize', ...U64 }],
  [
    'bool',
    {
      native: 'bool',
      read: (slots, at) => slots.getUint8(at) !== 0,
      write: (slots, value) => slots.setUint8(0, Number(value)),
    },
  ],
])

type Getter = 'getInt8' | 'getUint8' | 'getInt16' | 'getUint16' | 'getInt32' | 'getUint32'
type Setter = 'setInt8' | 'setUint8' | 'setInt16' | 'setUint16' | 'setInt32' | 'setUint32'

function number(
  native: 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64',
  getter: Getter | 'getFloat32' | 'getFloat64',
  setter: Setter | 'setFloat32' | 'setFloat64',
): [string, NumberType] {
  return [
    native,
    {
      native,
      read: (slots, at) => slots[getter](at, true),
      write: (slots, value) => slots[setter](0, Number(value), true),
    },
  ]
}
