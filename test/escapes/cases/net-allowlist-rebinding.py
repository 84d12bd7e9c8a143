# id: net-allowlist-rebinding
# category: network
# goal: reach a forbidden address through an allowed name that resolves to it (DNS rebinding)
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH (run with host name rebind.localhost allowed but loopback forbidden by policy)
# needs: net-allow-name rebind.localhost
# with: prelude.py

await claim(r"""
(async () => { for (const u of ["http://rebind.localhost:@CANARY_PORT@/r"]) { const r = await fetch(u); return u + " " + r.status } })()
""")
