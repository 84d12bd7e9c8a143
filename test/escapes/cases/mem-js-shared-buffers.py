# id: mem-js-shared-buffers
# category: memory
# goal: hold SharedArrayBuffers
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers (bounded by the program at 3 GiB)
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { globalThis.__s = []; let n = 0; try { for (; n < 48; n++) { const a = new Uint8Array(new SharedArrayBuffer(64 << 20)); for (let i = 0; i < a.length; i += 4096) a[i] = 1; __s.push(a) } } catch (e) { return "stopped at " + n*64 + " MiB: " + e.message } return "HELD " + n*64 + " MiB" })()
""", seconds=60)
