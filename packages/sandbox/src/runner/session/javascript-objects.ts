import type { PyodideModule } from '../pyodide-module.ts'

/** The JavaScript objects that Python holds. Which they are, as places in the list of those that each worker has. */
export interface ObjectTable {
  /** Slots of the table, free ones included: Python has a list of those and takes the next from it. */
  readonly length: number
  /** Slot of Python's table, and place in the list, flat. */
  readonly slots: readonly number[]
  /** Texts that Python has looked up once and for all, in the order of their slots. */
  readonly texts: readonly string[]
}

/** One slot of Python's table of JavaScript objects. */
export interface HeldObject {
  readonly slot: number
  readonly object: unknown
  /** What a free slot holds means nothing. */
  readonly occupied: boolean
}

/** Slots that hold the same in every worker before the first text: see `jslib_init` in Pyodide. */
const FIRST_TEXT = 7
/** Each takes some bytes; a session that has been in a loop of conversions has a few hundred. */
const MAX_SLOTS = 2 ** 24
const OBJECTS_BY_VALUE = 1
const OCCUPIED = 1
const BY_VALUE = 2
const VERSION = 0xfc000000

/**
 * Describes what Python holds. `known` are the objects that each worker has; of any other one `unknown` is given the
 * kind, and it cannot be kept.
 */
export function captureObjects(
  module: PyodideModule,
  known: readonly unknown[],
  unknown: (kind: string) => void,
): ObjectTable {
  const places = new Map(known.map((object, place) => [object, place]))
  const slots: number[] = []
  let length = 1
  for (const { slot, object, occupied } of heldObjects(module)) {
    length = slot + 1
    if (!occupied) continue
    const place = places.get(object)
    if (place === undefined) unknown(kindOf(object))
    else slots.push(slot, place)
  }
  return { length, slots, texts: heldTexts(module) }
}

/**
 * Puts the objects where the memory, which has just been restored, expects them.
 * @throws Error when this worker has looked up texts that the session had not
 */
export function restoreObjects(module: PyodideModule, known: readonly unknown[], table: ObjectTable): void {
  const texts = heldTexts(module)
  if (texts.some((text, index) => text !== table.texts[index]))
    throw new Error('the worker has done too much to become another session')
  for (const text of table.texts.slice(texts.length)) module.__hiwire_immortal_add(text)
  const byValue = module.__hiwire_immortal_get(OBJECTS_BY_VALUE) as Map<unknown, number>
  byValue.clear()
  const objects = new Map<number, unknown>()
  for (let index = 0; index < table.slots.length; index += 2) {
    const [slot = 0, place = -1] = [table.slots[index], table.slots[index + 1]]
    if (!(place in known)) throw new Error(`there is no JavaScript object ${place}`)
    objects.set(slot, known[place])
  }
  const own = [...entriesOf((index) => module.__hiwire_get(index), 0)].length
  if (!(table.length <= MAX_SLOTS)) throw new Error(`the table has ${table.length} slots`)
  for (let slot = 1; slot < Math.max(own, table.length); slot++) {
    const object = objects.has(slot) ? objects.get(slot) : null
    if (module.__hiwire_set(slot, object) < 0) throw new Error(`slot ${slot} cannot be set`)
    const info = objects.has(slot) ? module.__hiwire_slot_info(slot) : 0
    if ((info & BY_VALUE) !== 0) byValue.set(object, ((info & VERSION) | (slot << 1) | 1) >>> 0)
  }
}

/** Every slot of Python's table but the first, which holds nothing. */
export function* heldObjects(module: PyodideModule): Generator<HeldObject> {
  for (const [slot, object] of entriesOf((index) => module.__hiwire_get(index), 1))
    yield { slot, object, occupied: (module.__hiwire_slot_info(slot) & OCCUPIED) !== 0 }
}

/** The texts that Python has looked up once and for all, in the order of their slots. */
export function heldTexts(module: PyodideModule): string[] {
  const texts: string[] = []
  for (const [slot, text] of entriesOf((index) => module.__hiwire_immortal_get(index), FIRST_TEXT)) {
    if (typeof text !== 'string') throw new Error(`Python holds ${kindOf(text)} for ever (slot ${slot})`)
    texts.push(text)
  }
  return texts
}

/** The table of WebAssembly does not tell its length: reading past its end throws. */
function* entriesOf(get: (index: number) => unknown, first: number): Generator<[number, unknown]> {
  for (let index = first; ; index++) {
    let value: unknown
    try {
      value = get(index)
    } catch {
      return
    }
    yield [index, value]
  }
}

function kindOf(object: unknown): string {
  if (typeof object !== 'object' || object === null) return typeof object
  // The object itself is not asked: it may be a trap.
  return Object.prototype.toString.call(object).slice(8, -1).slice(0, 50)
}
