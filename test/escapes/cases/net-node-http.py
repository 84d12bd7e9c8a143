# id: net-node-http
# category: network
# goal: connect to a loopback service with node:http
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

await claim(r"""
import('node:http').then(m => new Promise((res, rej) => m.get('http://127.0.0.1:@CANARY_PORT@/h', r => { r.destroy(); res('status ' + r.statusCode) }).on('error', rej)))
""")
