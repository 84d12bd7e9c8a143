# id: ffi-dlopen-libc
# category: ffi
# goal: load libc and call getpid with Deno.dlopen
# success-if: BREACH: a native function was called
# with: prelude.py

await claim(r"""
(() => { for (const n of ["libc.so.6","/lib/x86_64-linux-gnu/libc.so.6","/usr/lib/libSystem.dylib"]) { try { const l = Deno.dlopen(n, {getpid:{parameters:[], result:"i32"}}); const v = l.symbols.getpid(); l.close(); return "native getpid " + v } catch (e) { if (e.name === "NotCapable") throw e } } throw new Error("no libc") })()
""")
