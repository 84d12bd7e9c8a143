import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { late } from '../../protocol/late.ts'

/** The installed npm package `pyodide`. */
export interface PyodidePackage {
  readonly folder: string
  readonly version: string
}

export function findPyodide(): PyodidePackage {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('pyodide/package.json')
  const { version } = require(manifest) as { version: string }
  return { folder: dirname(manifest), version }
}

/** The id that Pyodide's loader compares with the one inside its JavaScript half. */
export function readBuildId({ folder }: PyodidePackage): string {
  const id = /BUILD_ID:"([0-9a-f]{64})"/.exec(readFileSync(join(folder, 'pyodide.mjs'), 'utf8'))?.[1]
  if (id === undefined) throw new Error('no build id in pyodide.mjs')
  return id
}

/** Where a `PyThreadState` has its `current_frame`, in bytes. */
const CURRENT_FRAME = 52

/** Edits of `pyodide.asm.mjs`, as [what stands there, what stands there instead]. Each must match exactly once. */
const EDITS: readonly (readonly [string, string])[] = [
  // Fills the table of addresses of all 8,500 exports, which only the loader of native packages asks for.
  ['updateGOT(origExports);LDSO', 'LDSO'],
  // Looks through the whole function table for a function that was made a line before and cannot be in it.
  [
    'return addFunction(trampolineInstance.exports.trampoline_call)',
    'const slot=getEmptyTableSlot();setWasmTableEntry(slot,trampolineInstance.exports.trampoline_call);return slot',
  ],
  // Notes where a native library is put: of one that another one brought along nothing else tells it.
  [
    'var tableBase=metadata.tableSize?wasmTable.length:0;',
    'var tableBase=metadata.tableSize?wasmTable.length:0;(Module["libraryPlaces"]??=[]).push({name:libName,memoryBase,memoryBytes:metadata.memorySize,tableBase,tableSize:metadata.tableSize,needed:metadata.neededDynlibs});',
  ],
  // The collector follows the frames of every thread state, also where the stack that they stand on was moved away because
  // its code waits: it would read what stands there now. What a frame holds it counts as held all the same.
  [
    'if(threadState===0){return Module.error}const stackState=new StackState;return{threadState,',
    `if(threadState===0){return Module.error}const stackState=new StackState;const frame=HEAPU32[threadState+${CURRENT_FRAME}>>>2];HEAPU32[threadState+${CURRENT_FRAME}>>>2]=0;return{threadState,frame,`,
  ],
  [
    '_restoreThreadState(state.threadState)',
    `HEAPU32[state.threadState+${CURRENT_FRAME}>>>2]=state.frame;_restoreThreadState(state.threadState)`,
  ],
  // Timers of up to two milliseconds would come at once, and parts of milliseconds be left out.
  [
    'function me(t,e=0){e<=2?bo(t):setTimeout(t,e)}',
    'function me(t,e=0){e<=0?bo(t):setTimeout(t,Math.ceil(e))}',
  ],
  // Names of files are bytes: what is not UTF-8 in them is kept as Python writes it, as halves of characters.
  [
    'getStr(ptr){var ret=UTF8ToString(ptr);return ret}',
    'getStr(ptr){ptr>>>=0;let end=ptr,ascii=true;for(;HEAPU8[end];end++)if(HEAPU8[end]>127)ascii=false;return ascii?UTF8ToString(ptr):Module["nameText"](HEAPU8.subarray(ptr,end))}',
  ],
  [
    'else if(u<=65535){if(outIdx+2>=endIdx)break;heap[outIdx++>>>0]=224|u>>12',
    'else if(u>=0xdc80&&u<=0xdcff){if(outIdx>=endIdx)break;heap[outIdx++>>>0]=u&255}else if(u<=65535){if(outIdx+2>=endIdx)break;heap[outIdx++>>>0]=224|u>>12',
  ],
  [
    'else if(c>=55296&&c<=57343){len+=4;++i}else{len+=3}',
    'else if(c>=0xdc80&&c<=0xdcff){len++}else if(c>=55296&&c<=57343){len+=4;++i}else{len+=3}',
  ],
  // In parentheses V8 compiles the function at once and keeps it in its code cache.
  [
    'async function _createPyodideModule(',
    'const _createPyodideModule=(async function _createPyodideModule(',
  ],
  ['export default _createPyodideModule', ');export default _createPyodideModule'],
]

/** Changes whenever what is made of Pyodide's files changes. */
export const editsId = late(() => createHash('sha256').update(JSON.stringify(EDITS)).digest('hex'))

/**
 * The JavaScript half of Pyodide, edited to start faster.
 * @throws Error when an edit does not match exactly once, as it would for another version of Pyodide
 */
export function editModule({ folder, version }: PyodidePackage): string {
  let text = readFileSync(join(folder, 'pyodide.asm.mjs'), 'utf8')
  for (const [found, replacement] of EDITS) {
    const parts = text.split(found)
    if (parts.length !== 2) {
      throw new Error(
        `pyodide ${version} is not the version that this package is made for ("${found}" not found once)`,
      )
    }
    text = parts.join(replacement)
  }
  return text
}
