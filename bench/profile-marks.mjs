// Runs in Deno before the runner, and leaves a mark where one phase of its start ends. Nothing of the runner is changed:
// what it calls at these borders is wrapped. When it is ready, the marks go to standard error as one line of JSON.
import { HostChannel } from '../packages/sandbox/build/runner/host-channel.js'

/** @type {[phase: string, endedAt: number][]} */
const marks = []
const now = () => performance.timeOrigin + performance.now()
// Taken before the runner locks it away.
const writeToStderr = Deno.stderr.writeSync.bind(Deno.stderr)

/**
 * The phase has ended. Only its first end counts.
 * @param {string} phase
 */
function ends(phase) {
  if (!marks.some(([name]) => name === phase)) marks.push([phase, now()])
}

/**
 * Calls `before` with the arguments of each call of a method.
 * @param {object} target
 * @param {string} method
 * @param {(...args: any[]) => void} before
 */
function watch(target, method, before) {
  const original = target[method]
  target[method] = function watched(...args) {
    before(...args)
    return original.apply(this, args)
  }
}

ends('process, walls, Deno, modules of the runner')
watch(Deno, 'openSync', (path) => {
  if (path.endsWith('.wasm')) ends('token of the host')
  if (path.endsWith('.zip')) ends('link exports')
  if (path.endsWith('heap.bin')) ends('standard library, constructors of C')
})
watch(WebAssembly, 'compile', () => ends('read pyodide.asm.wasm'))

const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    const large = WebAssembly.Module.imports(module).length > 100
    if (large) ends('compile WebAssembly, evaluate pyodide.asm.mjs')
    super(module, imports)
    if (large) ends('instantiate WebAssembly')
  }
}
watch(Deno.FsFile.prototype, Symbol.dispose, () => {
  if (marks.at(-1)?.[0].startsWith('standard library')) ends('restore the heap')
})
watch(HostChannel.prototype, 'send', () => {
  ends('join Python and JavaScript again, lock down')
  writeToStderr(new TextEncoder().encode(`${JSON.stringify(marks)}\n`))
})
