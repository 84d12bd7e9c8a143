import type { Interpreter } from '../interpreter.ts'
import type { HiwireState } from '../pyodide-module.ts'
import { heldObjects, heldTexts } from '../session/javascript-objects.ts'

/** A Python that was woken up, and what it was told of JavaScript then. */
type Woken = Pick<Interpreter, 'module' | 'objects' | 'hiwire'>

type Key = HiwireState['hiwireKeys'][number]

/**
 * Describes the JavaScript objects that a Python holds which was woken up from an image and has gone on: Pyodide can do
 * that only of one that it has started itself. To be called right after waking up; what it gives is to be called when the
 * memory is kept.
 * @throws Error when Python holds an object that is not there in every worker
 */
export function stateOfTable({ module, objects, hiwire }: Woken): () => HiwireState {
  const texts = heldTexts(module).length
  const expected = objects.length - hiwire.hiwireKeys.length
  const keyOf = (slot: number, object: unknown): Key => {
    if (Object.is(objects[slot], object)) return hiwire.hiwireKeys[slot - expected] ?? null
    const path = pathOf(object)
    if (path === null) throw new Error(`cannot serialize slot ${slot}`)
    return { path }
  }
  return () => {
    const slots = [...heldObjects(module)].filter(({ slot }) => slot >= expected)
    return {
      hiwireKeys: slots.map(({ slot, object, occupied }) => (occupied ? keyOf(slot, object) : null)),
      immortalKeys: [...hiwire.immortalKeys, ...heldTexts(module).slice(texts)],
    }
  }
}

/** Where a program of JavaScript finds the object: the name of a global, or of a property of one. Null: nowhere. */
function pathOf(object: unknown): string[] | null {
  const globals = Object.getOwnPropertyNames(globalThis).map(
    (name) => [name, valueAt(globalThis, name)] as const,
  )
  const name = globals.find(([, value]) => value === object)?.[0]
  if (name !== undefined) return [name]
  for (const [owner, value] of globals) {
    if (value === globalThis || value === null || !/^(object|function)$/.test(typeof value)) continue
    const property = Object.getOwnPropertyNames(value).find((each) => valueAt(value, each) === object)
    if (property !== undefined) return [owner, property]
  }
  return null
}

/** Some properties can only be read when something is granted. */
function valueAt(owner: unknown, name: string): unknown {
  try {
    return Reflect.get(Object(owner), name)
  } catch {
    return undefined
  }
}
