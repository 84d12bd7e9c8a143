// The product without the layer inside the worker that is hardening and no wall. What it hides is there again, so that
// every attack gets as far as the walls and the limits of the host.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('../../packages/sandbox/build', import.meta.url))
const NODE_MODULES = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), '..')

/** In which file what is replaced by what. Each must be found exactly once, so that no layer comes back unseen. */
const EDITS: readonly (readonly [file: string, found: RegExp, replacement: string])[] = [
  ['runner/main.js', /^lockDown\(\);$/gm, ''],
  ['runner/python/agentchat/cell/lock_down.py', /^_HIDDEN = .*$/gm, '_HIDDEN = ()'],
  ['sandbox/wall/deno-args.js', /,--disallow-code-generation-from-strings/g, ''],
]

/**
 * @param folder does not exist yet
 * @returns the path of the library's main module
 * @throws Error when the product has changed so that an edit does not fit any more
 */
export function makeUnhardened(folder: string): string {
  mkdirSync(folder)
  const build = join(folder, 'build')
  cpSync(BUILD, build, { recursive: true })
  symlinkSync(NODE_MODULES, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, found, replacement] of EDITS) {
    const text = readFileSync(join(build, name), 'utf8')
    const count = [...text.matchAll(found)].length
    if (count !== 1)
      throw new Error(`Cannot take the hardening out of "${name}": ${found} is there ${count} times`)
    writeFileSync(join(build, name), text.replace(found, replacement))
  }
  return join(build, 'sandbox', 'index.js')
}
