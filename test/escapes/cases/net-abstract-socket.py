# id: net-abstract-socket
# category: network
# goal: connect to a Unix socket of the host that lies in no folder (the abstract name space of Linux)
# success-if: the listener saw a connection, or the program says BREACH-WALL
# with: prelude.py

await claim(r"""
(async () => { const errs = new Set(), name = "@CANARY_ABSTRACT@", net = await import("node:net");
  const { symbols: c } = (() => { try { return Deno.dlopen("libc.so.6", { socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" } }) } catch (e) { errs.add(e.name); return { symbols: null } } })();
  for (const connect of [
    () => new Promise((done, failed) => { const s = net.connect({ path: "\0" + name }, () => { s.destroy(); done() }); s.on("error", failed) }),
    async () => (await Deno.connect({ transport: "unix", path: "\0" + name })).close(),
    async () => { if (c === null) throw new Error("no ffi"); const address = new Uint8Array(110); address[0] = 1; address.set(new TextEncoder().encode(name), 3);
      if (c.connect(c.socket(1, 1, 0), address, address.length) !== 0) throw new Error("refused by the kernel") },
  ]) try { await connect(); return "connected" } catch (e) { errs.add(e.message.slice(0, 60)) }
  throw new Error([...errs].join("; ")) })()
""", word="BREACH-WALL")
