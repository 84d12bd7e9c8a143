# id: deno-stat-canary
# category: deno-api
# goal: learn the size and times of a host file without reading it
# success-if: BREACH: metadata of the canary file was returned
# with: prelude.py

await claim(r"""
(() => { const s = Deno.statSync("@CANARY_FILE@"); return "size " + s.size + " mtime " + s.mtime })()
""")
