# id: proc-status-mounts
# category: proc
# goal: learn host mounts, kernel and limits from /proc and /sys
# success-if: BREACH: content was returned
# with: prelude.py

await claim(r"""
(async () => { const errs = []; for (const p of ["/proc/self/mountinfo", "/proc/self/status", "/proc/version", "/sys/class/dmi/id/product_name", "/proc/cmdline", "/proc/self/cmdline"]) { for (const f of [() => Deno.readFileSync(p), () => process.getBuiltinModule("fs").readFileSync(p), async () => new Uint8Array(await (await fetch("file://" + p)).arrayBuffer())]) { try { const b = await f(); if (b.length) return p + ": " + new TextDecoder().decode(b.slice(0,160)).replaceAll("\0"," ") } catch (e) { errs.push(e.name) } } } throw new Error([...new Set(errs)].join()) })()
""")
