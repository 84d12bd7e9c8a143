import { putErrorTexts } from './error-texts.ts'
import { writeHeap } from './heap-image.ts'
import { bootPython } from './interpreter.ts'
import type { PyodideModule } from './pyodide-module.ts'

/** What the program that builds the base image is told, as JSON in its only argument. */
export interface BuildArguments {
  /** Folder with Pyodide's files, ending in a slash. */
  readonly image: string
  /** Folder that `heap.bin` is written to, ending in a slash. */
  readonly output: string
  /** Folder of the runner's Python half. */
  readonly python: string
  /** Modules that are imported before the heap is kept. */
  readonly modules: readonly string[]
}

/** Cells that are run before the heap is kept, so that caches of the interpreter are filled. */
const WARM_UP = ['print("warm")', 'x = {"a": [1, 2.5, None]}\nx', 'raise ValueError("warm")', '1 +']

const { image, output, python, modules } = JSON.parse(Deno.args[0] ?? '') as BuildArguments
const module = await bootPython(image)
putErrorTexts(module.HEAPU8)
installPython(module, python, module.API.sitePackages ?? '')
const { importlib } = module.API
for (const name of modules) importlib.import_module(name)
const cell = importlib.import_module('agentchat.interpreter')
cell.install?.()
for (const code of WARM_UP) await cell.run_cell?.callPromising(code, undefined, '[]', 1000, '{}')
cell.freeze?.()
writeHeap(module, `${output}heap.bin`, module.API.serializeHiwireState())
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
