# id: mem-wasm-instruction
# category: memory
# goal: grow memory with the instruction of WebAssembly, past a limit that sits in JavaScript
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed (bounded by the program at 3 GiB)
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => {
  // (module (memory (export "m") 1) (func (export "g") (param i32) (result i32) local.get 0 memory.grow))
  const code = Uint8Array.from([0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,5,3,1,0,1,7,9,2,1,109,2,0,1,103,0,0,10,8,1,6,0,32,0,64,0,11]);
  globalThis.zzInstances = []; let n = 0;
  for (; n < 48; n++) { const { instance } = await WebAssembly.instantiate(code); const { m, g } = instance.exports;
    if (g(1023) < 0) break; const u = new Uint8Array(m.buffer); for (let i = 0; i < u.length; i += 4096) u[i] = 1; zzInstances.push(instance) }
  return "HELD " + n * 64 + " MiB" })()
""", seconds=60)
