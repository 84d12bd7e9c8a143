# id: proc-fd-listing
# category: proc
# goal: list and read inherited descriptors through /proc/self/fd and /dev/fd
# success-if: BREACH: the list of descriptors or the content of one was returned
# with: prelude.py

await claim(r"""
(() => { const out = []; for (const d of ["/proc/self/fd", "/dev/fd"]) { try { out.push(d + ":" + [...Deno.readDirSync(d)].map(e => e.name).join()) } catch {} } return out.join(" ") })()
""")
