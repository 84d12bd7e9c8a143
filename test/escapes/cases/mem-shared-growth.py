# id: mem-shared-growth
# category: memory
# goal: grow shared memory step by step: a growable SharedArrayBuffer and a shared WebAssembly.Memory
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed (bounded by the program at 3 GiB)
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const touch = (b, from) => { const u = new Uint8Array(b); for (let i = from; i < u.length; i += 4096) u[i] = 1 };
  globalThis.zzHeld = []; let n = 0;
  try { const s = new SharedArrayBuffer(0, { maxByteLength: 1.5 * 2 ** 30 }); zzHeld.push(s);
    for (; n < 24; n++) { const at = s.byteLength; s.grow(at + (64 << 20)); touch(s, at) } } catch (e) { zzHeld.push(String(e)) }
  try { const m = new WebAssembly.Memory({ initial: 1, maximum: 24576, shared: true }); zzHeld.push(m);
    for (let k = 0; k < 23; k++, n++) { const at = m.buffer.byteLength; m.grow(1024); touch(m.buffer, at) } } catch (e) { zzHeld.push(String(e)) }
  return "HELD " + n * 64 + " MiB" })()
""", seconds=60)
