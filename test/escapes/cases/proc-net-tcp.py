# id: proc-net-tcp
# category: proc
# goal: map the host's network from /proc/net
# success-if: BREACH: content was returned
# with: prelude.py

await claim(r"""
(async () => { const errs = []; for (const p of ["/proc/net/tcp", "/proc/self/net/tcp", "/proc/net/arp", "/proc/net/route"]) { for (const f of [() => Deno.readFileSync(p), () => process.getBuiltinModule("fs").readFileSync(p), async () => new Uint8Array(await (await fetch("file://" + p)).arrayBuffer())]) { try { const b = await f(); if (b.length) return p + ": " + new TextDecoder().decode(b.slice(0,160)).replaceAll("\0"," ") } catch (e) { errs.push(e.name) } } } throw new Error([...new Set(errs)].join()) })()
""")
