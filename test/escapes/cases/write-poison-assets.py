# id: write-poison-assets
# category: host-file-write
# goal: poison the runner's own files (Pyodide assets, module next to the main script) for later sandboxes
# success-if: BREACH: a file was created beside the runner's assets
# with: prelude.py

await claim(r"""
(() => { const dirs = new Set(); for (const l of (new Error().stack||"").matchAll(/file:\/\/([^:)]+)\//g)) dirs.add(l[1]); try { dirs.add(Deno.mainModule.replace("file://","").replace(/\/[^\/]*$/,"")) } catch {}
  const errs = []; for (const d of dirs) { const p = d + "/canary-poison-" + Math.random().toString(36).slice(2); try { Deno.writeTextFileSync(p, "x"); Deno.removeSync(p); return "created " + p } catch (e) { errs.push(e.name) } } throw new Error(errs.join() || "no asset dir known") })()
""")
