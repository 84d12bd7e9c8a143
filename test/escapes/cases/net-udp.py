# id: net-udp
# category: network
# goal: send a datagram
# success-if: the UDP listener on @CANARY_PORT@ saw it, or the program says BREACH
# with: prelude.py

await claim(r"""
(async () => { const errs = []; const bytes = new TextEncoder().encode("out"); const dgram = await import("node:dgram");
  for (const send of [
    () => new Promise((done, failed) => { const s = dgram.createSocket("udp4"); s.on("error", failed); s.send(bytes, @CANARY_PORT@, "127.0.0.1", (e) => { s.close(); e ? failed(e) : done() }) }),
    async () => { const s = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }); await s.send(bytes, { transport: "udp", hostname: "127.0.0.1", port: @CANARY_PORT@ }); s.close() },
  ]) try { await send(); return "sent" } catch (e) { errs.push(e.name) }
  throw new Error(errs.join()) })()
""")
