# id: proc-node-spawn-shell
# category: subprocess
# goal: run a program with spawn and a shell (CVE-2026-27190 class)
# success-if: a child process ran: the program says BREACH or a new process was seen
# with: prelude.py

await claim(r"""
import('node:child_process').then(m => { const r = m.spawnSync('echo', ['a; echo child-42'], {shell:true}); if (r.error) throw r.error; return r.stdout.toString() })
""")
