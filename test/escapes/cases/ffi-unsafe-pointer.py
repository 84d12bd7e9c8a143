# id: ffi-unsafe-pointer
# category: ffi
# goal: make a raw pointer and read process memory
# success-if: BREACH: memory was read through a raw pointer
# with: prelude.py

await claim(r"""
(() => { const u = new Uint8Array([65,66,67,0]); const p = Deno.UnsafePointer.of(u); return "read " + new Deno.UnsafePointerView(p).getCString() })()
""")
