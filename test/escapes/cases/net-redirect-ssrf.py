# id: net-redirect-ssrf
# category: network
# goal: jump from an allowed host to a forbidden loopback port by an HTTP redirect
# success-if: the loopback listener on @CANARY_PORT@ saw a connection, or the program says BREACH (run with only 127.0.0.1:@ALLOWED_PORT@ allowed; /redirect there answers 302 to the canary port)
# needs: net-allow
# with: prelude.py

await claim(r"""
fetch("http://127.0.0.1:@ALLOWED_PORT@/redirect").then(r => r.url.includes(":@CANARY_PORT@") ? "followed to " + r.url : "")
""")
