# id: forge-garbage-bytes
# category: protocol-forgery
# goal: break the host's frame parser: huge length prefix, NUL, bad UTF-8, no newline
# success-if: the host throws, hangs past the time limit, buffers more than its cap, or reports success
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const w = b => { try { Deno.stdout.writeSync(b) } catch { process.getBuiltinModule("fs").writeSync(1, b) } };
  w(new Uint8Array([0xff,0xff,0xff,0xff])); w(new Uint8Array([0x7f,0xff,0xff,0xff])); w(new Uint8Array(65536).fill(0xfe)); w(new Uint8Array(4096)); w(new TextEncoder().encode("{".repeat(100000))); return "garbage written" })()
""")
"HONEST"
