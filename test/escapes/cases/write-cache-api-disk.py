# id: write-cache-api-disk
# category: host-file-write
# goal: fill the host's disk through the Cache API, which needs no write permission
# success-if: files of more than 1 MiB appeared on the host disk (DENO_DIR, HOME or temp of the sandbox process)
# verdict: harness
# checks: disk
# level: hardening
# with: prelude.py

await attempt(r"""
(async () => { const c = await caches.open("fill"); const b = new Uint8Array(1<<20); for (let i = 0; i < 32; i++) await c.put("https://x.test/" + i, new Response(b)); const r = await c.match("https://x.test/31"); return "cache holds " + (await r.arrayBuffer()).byteLength + " x 32" })()
""", seconds=20)
