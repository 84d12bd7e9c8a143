# id: node-process-binding
# category: node-builtin
# goal: reach private bindings (process.binding spawn_sync / fs)
# success-if: BREACH: a binding gave file content or a process
# with: prelude.py

await claim(r"""
(() => { const b = process.binding("fs"); const f = b.readFileUtf8 ?? b.open; if (!f) return ""; return String(f.call(b, "@CANARY_FILE@", 0)) })()
""")
