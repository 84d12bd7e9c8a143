import { writeHeap } from './heap-image.ts'
import { wakePython } from './interpreter.ts'
import { installMemoryLimit, setMemoryLimit } from './memory-limit.ts'
import { unpackWheels, type WheelsToInstall } from './packages/install.ts'
import { stateOfTable } from './packages/object-table.ts'
import { Scheduler } from './scheduler.ts'

/** What the program that adds packages to the base image is told, as JSON in its only argument. */
export interface PackageBuildArguments {
  /** Folder of the base image, ending in a slash. */
  readonly image: string
  /** Folder that `heap.bin` and what else is made is written to, ending in a slash. */
  readonly output: string
  readonly packages: WheelsToInstall
}

/** An image whose heap is larger is of no use: no worker could start from it and have room for anything else. */
const MAX_HEAP_BYTES = 2 ** 30

const { image, output, packages } = JSON.parse(Deno.args[0] ?? '') as PackageBuildArguments
// The base image is woken up and goes on: starting Python from nothing takes ten times as long.
installMemoryLimit()
setMemoryLimit(MAX_HEAP_BYTES)
const interpreter = await wakePython(image, new Scheduler())
const { module, cell } = interpreter
const stateOf = stateOfTable(interpreter)
const unpacked = unpackWheels(interpreter, packages, output)
await unpacked.importAll(cell)
cell.freeze?.()
unpacked.write(() => writeHeap(module, `${output}heap.bin`, stateOf()))
Deno.exit(0)
