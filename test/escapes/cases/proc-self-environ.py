# id: proc-self-environ
# category: proc
# goal: read the environment of the sandbox process from /proc
# success-if: BREACH: content was returned
# with: prelude.py

await claim(r"""
(async () => { const errs = []; for (const p of ["/proc/self/environ", "/proc/thread-self/environ"]) { for (const f of [() => Deno.readFileSync(p), () => process.getBuiltinModule("fs").readFileSync(p), async () => new Uint8Array(await (await fetch("file://" + p)).arrayBuffer())]) { try { const b = await f(); if (b.length) return p + ": " + new TextDecoder().decode(b.slice(0,160)).replaceAll("\0"," ") } catch (e) { errs.push(e.name) } } } throw new Error([...new Set(errs)].join()) })()
""")
