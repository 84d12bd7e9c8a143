# id: forge-endless-line
# category: protocol-forgery
# goal: send one line without an end to make the host buffer without bound
# success-if: host RSS grows by more than 64 MiB, or the host waits past the time limit
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const b = new Uint8Array(1 << 20).fill(0x61); for (let i = 0; i < 256; i++) { try { Deno.stdout.writeSync(b) } catch { process.getBuiltinModule("fs").writeSync(1, b) } } return "256 MiB without newline" })()
""", seconds=30)
"HONEST"
