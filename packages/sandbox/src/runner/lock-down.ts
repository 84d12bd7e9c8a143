/**
 * Takes away what Python code never needs and hostile code would use once it has found a way into JavaScript. This is
 * hardening and never counted as a wall: the walls are Deno's permissions and bubblewrap. Two more parts of it lie
 * elsewhere: `--disallow-code-generation-from-strings` on the command line (closes `eval`, `Function`,
 * `emscripten_run_script`), and `agentchat/cell/lock_down.py` (closes `import js`).
 */

/** Each global with the attack that its absence stops. */
const REMOVED: Readonly<Record<string, string>> = {
  Deno: 'permission inventory, host paths, forged frames on stdout, Deno.exit',
  Worker: 'a second thread that outlives the Python call and takes heaps of its own',
  SharedWorker: 'the same',
  fetch: 'data URLs and blobs as a way to load code, requests should net ever be granted',
  WebSocket: 'connections that skip the policy of the host',
  WebSocketStream: 'the same',
  EventSource: 'the same',
  WebTransport: 'the same',
  QuicEndpoint: 'the same',
  localStorage: 'state that outlives the process and fills the disk',
  sessionStorage: 'the same',
  caches: 'the same',
  CacheStorage: 'the same',
  BroadcastChannel: 'messages between workers',
  navigator: 'the GPU adapter, facts about the machine',
  prompt: 'reading the next message of the host from standard input',
  alert: 'the same',
  confirm: 'the same',
  Buffer: "a way to Node's modules",
  global: 'the same',
  clearImmediate: 'the same',
  close: 'ending the process with code 0',
  importScripts: 'loading code',
  WorkerGlobalScope: 'a stand-in of the runner that nothing needs after the start',
}

/**
 * What each frame to the host goes through. A function of an attacker in the place of one of these would see the token
 * of the runner, and could change what it sends.
 */
const FROZEN: readonly object[] = [
  Object.getPrototypeOf(Uint8Array.prototype),
  Uint8Array.prototype,
  DataView.prototype,
  TextEncoder.prototype,
  TextDecoder.prototype,
  JSON,
]

/** Takes away and freezes; what the runner itself uses it has taken before. */
export function lockDown(): void {
  for (const each of FROZEN) Object.freeze(each)
  for (const name of Object.keys(REMOVED)) {
    if (!Reflect.deleteProperty(globalThis, name)) {
      Object.defineProperty(globalThis, name, { value: undefined, writable: false })
    }
  }
}
