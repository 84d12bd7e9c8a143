# id: proc-self-maps-mem
# category: proc
# goal: read the memory map and open /proc/self/mem for writing
# success-if: BREACH: maps was read or mem was opened
# with: prelude.py

await claim(r"""
(() => { const out = []; try { out.push("maps " + Deno.readTextFileSync("/proc/self/maps").length) } catch {} try { const f = Deno.openSync("/proc/self/mem", {read:true, write:true}); f.close(); out.push("mem opened rw") } catch {} return out.join(" ") })()
""")
