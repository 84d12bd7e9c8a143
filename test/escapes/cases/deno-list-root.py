# id: deno-list-root
# category: deno-api
# goal: list host directories
# success-if: BREACH: names of host directory entries were returned
# with: prelude.py

await claim(r"""
(() => { const out = [], errs = []; for (const d of ["@CANARY_FILE@".replace(/\/[^\/]*$/, ""), "/", "/etc", "/root", "/home", "/proc/1/root", "/proc/self/root/etc"])
  try { out.push(d + ": " + [...Deno.readDirSync(d)].map(e => e.name).slice(0, 8).join()) } catch (e) { errs.push(e.name) }
  if (!out.length) throw new Error([...new Set(errs)].join()); return out.join(" ") })()
""")
