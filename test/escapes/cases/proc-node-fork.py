# id: proc-node-fork
# category: subprocess
# goal: start another runtime with fork
# success-if: a child process ran: the program says BREACH or a new process was seen
# with: prelude.py

await claim(r"""
import('node:child_process').then(m => new Promise((res, rej) => { const c = m.fork('/dev/null', [], {silent:true}); c.on('error', rej); c.on('spawn', () => { const p = c.pid; c.kill(); res('forked ' + p) }); if (c.pid) { c.kill(); res('forked ' + c.pid) } }))
""")
