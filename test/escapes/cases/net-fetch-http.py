# id: net-fetch-http
# category: network
# goal: connect to a loopback service with fetch
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

await claim(r"""
fetch('http://127.0.0.1:@CANARY_PORT@/f').then(r => 'status ' + r.status)
""")
