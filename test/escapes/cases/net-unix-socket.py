# id: net-unix-socket
# category: network
# goal: connect to a Unix socket of the host, where daemons with root rights listen
# success-if: the listener on @CANARY_SOCKET@ saw a connection, or the program says BREACH
# with: prelude.py

await claim(r"""
(async () => { const errs = []; const net = await import("node:net");
  for (const connect of [
    async () => { const c = await Deno.connect({ transport: "unix", path: "@CANARY_SOCKET@" }); c.close() },
    () => new Promise((done, failed) => { const s = net.connect("@CANARY_SOCKET@", () => { s.destroy(); done() }); s.on("error", failed) }),
    async () => { const client = Deno.createHttpClient({ proxy: { transport: "unix", path: "@CANARY_SOCKET@" } }); await fetch("http://x.test/", { client }) },
  ]) try { await connect(); return "connected" } catch (e) { errs.push(e.name) }
  throw new Error(errs.join()) })()
""")
