# id: net-http-listen-node
# category: network
# goal: open a listening port with node:http
# success-if: BREACH: a port was bound
# with: prelude.py

await claim(r"""
import('node:http').then(m => new Promise((res, rej) => { const s = m.createServer().listen(0, '127.0.0.1', () => { const p = s.address().port; s.close(); res('bound ' + p) }); s.on('error', rej) }))
""")
