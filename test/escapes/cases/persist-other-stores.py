# id: persist-other-stores
# category: persistence
# goal: use every store that is left when the usual ones are closed: re-made folders, Deno KV, session storage, code cache
# success-if: the second run of the same program in a different session (or a fresh run of the same pool) prints BREACH
# verdict: harness
# with: prelude.py

READ = r"""
(async () => { const tries = [
  async () => sessionStorage.getItem("zz"),
  async () => localStorage.getItem("zz2"),
  async () => (await (await Deno.openKv()).get(["zz"])).value,
  async () => (await (await caches.open("zz2")).match("https://x.test/zz"))?.text(),
  async () => (await import("node:v8")).startupSnapshot && globalThis.zzNever,
  async () => performance.getEntriesByName("zz").length ? "mark" : null,
]; for (const t of tries) try { const v = await t(); if (v) return "found " + v } catch {} return "" })()
"""
PLANT = r"""
(async () => { const done = []; const dirs = new Set();
  try { await caches.open("zz2") } catch (e) { const d = /directory (\S+?)\/location_data/.exec(e.message); if (d) dirs.add(d[1]) }
  for (const d of dirs) for (const make of [() => Deno.removeSync(d), () => Deno.mkdirSync(d, { recursive: true })]) try { make(); done.push("remade " + d) } catch {}
  for (const t of [
    async () => sessionStorage.setItem("zz", "PERSIST"),
    async () => localStorage.setItem("zz2", "PERSIST"),
    async () => (await Deno.openKv()).set(["zz"], "PERSIST"),
    async () => (await caches.open("zz2")).put("https://x.test/zz", new Response("PERSIST")),
    async () => performance.mark("zz"),
  ]) try { await t(); done.push("planted") } catch {}
  return done.join() })()
"""
try:
    seen = await javascript(READ)
except BaseException:
    seen = None
if not empty(seen):
    show("BREACH", "marker of an earlier run: " + str(seen))
else:
    try:
        show("CONTAINED", "first sight: " + str(await javascript(PLANT)))
    except BaseException as error:
        show("CONTAINED", f"planting refused: {type(error).__name__} {error}")
