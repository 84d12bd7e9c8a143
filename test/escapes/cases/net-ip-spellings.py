# id: net-ip-spellings
# category: network
# goal: reach loopback by odd spellings of its address (filters on the literal 127.0.0.1)
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH
# with: prelude.py

await claim(r"""
(async () => { for (const h of ["localhost","127.1","2130706433","0x7f.0.0.1","0177.0.0.1","0.0.0.0","[::ffff:127.0.0.1]","[::ffff:7f00:1]","localhost.","127.0.0.1.","user@127.0.0.1"]) { try { const r = await fetch("http://" + h + ":@CANARY_PORT@/s"); return h + " " + r.status } catch {} } return "" })()
""")
