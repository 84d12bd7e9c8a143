import { strToU8 } from 'fflate'
import {
  dataSegments,
  exportsOf,
  importsOf,
  instructions,
  section,
  string,
  u32,
  vector,
} from './wasm-writer.ts'
import { makeWheel, type TestWheel } from './wheel-fixture.ts'

/**
 * A native Python module, put together by hand: no compiler is needed. `tiny_native` has a counter in its own memory
 * (`bump()`), raises through the offset table of data (`fail()` raises ValueError), and calls Python through a function
 * pointer out of the offset table of functions (`answer()`).
 */
export function makeNativeWheel(): TestWheel {
  return makeWheel({
    name: 'tiny-native',
    tag: 'cp314-cp314-pyemscripten_2026_0_wasm32',
    files: {
      'tiny_native/__init__.py': strToU8('from ._core import answer, bump, fail\n'),
      'tiny_native/_core.cpython-314-wasm32-emscripten.so': tinyModule(),
    },
  })
}

// Places in the module's memory, from its base.
const TEXTS = ['_core', 'bump', 'fail', 'answer', 'out of luck']
const DEFINITION = 0
const METHODS = 64
const COUNTER = 128
const TEXT_AT = 136
const MEMORY_BYTES = 256
const REFERENCES = 0x50000000
const METH_NOARGS = 4
const API_VERSION = 1013

// Numbers of functions: imports first.
const CREATE = 0
const FROM_LONG = 1
const SET_STRING = 2
const BUMP = 3
const FAIL = 4
const ANSWER = 5
const INIT = 6
const RELOCATE = 7
// Numbers of globals.
const MEMORY_BASE = 0
const TABLE_BASE = 1
const VALUE_ERROR = 2
const FROM_LONG_POINTER = 3

const textAt = (index: number) => TEXT_AT + TEXTS.slice(0, index).join('\0').length + (index > 0 ? 1 : 0)

function tinyModule(): Uint8Array {
  const i32 = 0x7f
  const type = (parameters: number[], results: number[]) => [0x60, ...vector(parameters), ...vector(results)]
  const types = [
    type([i32, i32], [i32]),
    type([i32], [i32]),
    type([i32, i32], []),
    type([], [i32]),
    type([], []),
  ]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // MEM_INFO: memory, its alignment (a power of two), functions, their alignment.
    ...section(0, [...string('dylink.0'), 1, ...vector([...u32(MEMORY_BYTES), 4, 3, 0])]),
    ...section(1, [types.length, ...types.flat()]),
    ...section(2, importsOf()),
    ...section(3, vector([0, 0, 0, 3, 4])),
    ...section(
      7,
      exportsOf([
        ['PyInit__core', INIT],
        ['__wasm_apply_data_relocs', RELOCATE],
      ]),
    ),
    // The three methods stand in the table, from the module's base in it.
    ...section(9, [1, 0, 0x23, TABLE_BASE, 0x0b, ...vector([BUMP, FAIL, ANSWER])]),
    ...section(10, [
      5,
      ...[bump(), fail(), answer(), init(), relocate()].flatMap((body) => vector([0, ...body])),
    ]),
    ...section(11, dataSegments(MEMORY_BASE, initialMemory())),
  ])
}

function initialMemory(): Uint8Array {
  const memory = new Uint8Array(MEMORY_BYTES)
  const words = new DataView(memory.buffer)
  words.setUint32(DEFINITION, REFERENCES, true)
  // m_size: no state of its own.
  words.setInt32(DEFINITION + 28, -1, true)
  for (let method = 0; method < 3; method++) words.setUint32(METHODS + method * 16 + 8, METH_NOARGS, true)
  words.setUint32(COUNTER, 40, true)
  memory.set(strToU8(TEXTS.join('\0')), TEXT_AT)
  return memory
}

const { base, constant, load, store, add, call, callIndirect, global, end } = instructions(MEMORY_BASE)

/** `return PyLong_FromLong(++counter)` */
function bump(): number[] {
  const next = [...base(), ...load(COUNTER), ...constant(1), ...add()]
  return [...base(), ...next, ...store(COUNTER), ...base(), ...load(COUNTER), ...call(FROM_LONG), ...end()]
}

/** `PyErr_SetString(PyExc_ValueError, "out of luck"); return NULL` */
function fail(): number[] {
  const text = [...base(), ...constant(textAt(4)), ...add()]
  return [...global(VALUE_ERROR), ...load(0), ...text, ...call(SET_STRING), ...constant(0), ...end()]
}

/** `return (&PyLong_FromLong)(42)` */
function answer(): number[] {
  return [...constant(42), ...global(FROM_LONG_POINTER), ...callIndirect(1), ...end()]
}

/** `return PyModule_Create2(&definition, PYTHON_API_VERSION)` */
function init(): number[] {
  return [...base(), ...constant(DEFINITION), ...add(), ...constant(API_VERSION), ...call(CREATE), ...end()]
}

/** Writes the pointers into the definition and the methods. */
function relocate(): number[] {
  const point = (at: number, to: number) => [...base(), ...base(), ...constant(to), ...add(), ...store(at)]
  const code = [...point(DEFINITION + 20, textAt(0)), ...point(DEFINITION + 32, METHODS)]
  for (let method = 0; method < 3; method++) {
    const at = METHODS + method * 16
    code.push(...point(at, textAt(method + 1)))
    code.push(...base(), ...global(TABLE_BASE), ...constant(method), ...add(), ...store(at + 4))
  }
  return [...code, ...end()]
}
