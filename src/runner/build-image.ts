import { writeHeap } from './heap-image.ts'
import { bootPython } from './interpreter.ts'
import type { WheelsToInstall } from './packages/install.ts'
import type { PyodideModule } from './pyodide-module.ts'

/** What the program that builds an image is told, as JSON in its only argument. */
export interface BuildArguments {
  /** Folder with Pyodide's files, ending in a slash. */
  readonly image: string
  /** Folder that `heap.bin` and what else is made is written to, ending in a slash. */
  readonly output: string
  /** Folder of the runner's Python half. */
  readonly python: string
  /** Modules that are imported before the heap is kept. */
  readonly modules: readonly string[]
  /** Packages that the image holds; null for none. */
  readonly packages: WheelsToInstall | null
}

/** Cells that are run before the heap is kept, so that caches of the interpreter are filled. */
const WARM_UP = ['print("warm")', 'x = {"a": [1, 2.5, None]}\nx', 'raise ValueError("warm")', '1 +']

const { image, output, python, modules, packages } = JSON.parse(Deno.args[0] ?? '') as BuildArguments
const module = await bootPython(image)
installPython(module, python, module.API.sitePackages ?? '')
const { importlib } = module.API
const unpacked =
  packages === null ? null : (await import('./packages/install.ts')).unpackWheels(module, packages, output)
for (const name of modules) importlib.import_module(name)
const cell = importlib.import_module('agentchat.cell')
cell.install?.()
for (const code of WARM_UP) await cell.run_cell?.callPromising(code, undefined, '[]', 1000, '{}')
await unpacked?.importAll(cell)
cell.freeze?.()
const keepHeap = () => writeHeap(module, `${output}heap.bin`)
if (unpacked === null) keepHeap()
else unpacked.write(keepHeap)
Deno.exit(0)

/** Our package, and the modules that programs import from us. */
function installPython(module: PyodideModule, folder: string, target: string): void {
  module.FS.mkdirTree(target)
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const [from, to] = [`${folder}/${name}`, `${target}/${name}`]
    if (name.endsWith('.py')) module.FS.writeFile(to, Deno.readFileSync(from))
    else if (isDirectory && name !== '__pycache__') installPython(module, from, to)
  }
}
