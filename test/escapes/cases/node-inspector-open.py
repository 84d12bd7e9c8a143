# id: node-inspector-open
# category: node-builtin
# goal: open a debugger port on loopback from inside (no net permission should allow it)
# success-if: BREACH: inspector.open returned and url() is set
# with: prelude.py

await claim(r"""
import("node:inspector").then(m => { m.open(0, "127.0.0.1"); const u = m.url(); try { m.close() } catch {} return u ?? "" })
""")
