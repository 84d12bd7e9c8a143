# id: persist-poison-image
# category: persistence
# goal: change what later workers start from: the image, the runner, the code cache; by writing, renaming, linking, changing modes and times
# success-if: BREACH-WALL: one of those files or folders could be changed; or the second run finds what the first one left
# with: prelude.py

await claim(r"""
(async () => { const out = [], errs = new Set(), dirs = new Set(["/app", "/app/image", "/app/runner", "/app/protocol", "/app/cache"]); const fs = await import("node:fs");
  for (const l of (new Error().stack || "").matchAll(/file:\/\/([^:)]+)\//g)) dirs.add(l[1]); try { dirs.add(new URL(".", Deno.mainModule).pathname.replace(/\/$/, "")) } catch {}
  try { for (const a of Deno.args) { const m = /"image":"([^"]+)"/.exec(a); if (m) dirs.add(m[1].replace(/\/$/, "")) } } catch {}
  const zz = "zz-canary-poison"; const tried = (name, f) => { try { f(); out.push(name) } catch (e) { errs.add(e.name) } };
  for (const d of dirs) { if (fs.existsSync(`${d}/${zz}`)) out.push("found what an earlier run left in " + d);
    tried("create in " + d, () => { Deno.writeTextFileSync(`${d}/${zz}`, "x"); Deno.removeSync(`${d}/${zz}`) }); tried("mkdir in " + d, () => { Deno.mkdirSync(`${d}/${zz}`); Deno.removeSync(`${d}/${zz}`) });
    let names = []; try { names = [...Deno.readDirSync(d)].filter(e => e.isFile).map(e => e.name) } catch {}
    for (const n of [...names, "heap.bin", "manifest.json", "main.js", "main.ts", "pyodide.asm.mjs", "snapshot.bin"]) { const p = `${d}/${n}`;
      tried("open " + p, () => Deno.openSync(p, { write: true }).close()); tried("append " + p, () => fs.closeSync(fs.openSync(p, "a")));
      tried("rename " + p, () => { Deno.renameSync(p, p + zz); Deno.renameSync(p + zz, p) }); tried("link " + p, () => { Deno.linkSync(p, p + zz); Deno.removeSync(p + zz) });
      tried("chmod " + p, () => Deno.chmodSync(p, 0o644)); tried("utime " + p, () => Deno.utimeSync(p, 1, 1)); } }
  if (!out.length) throw new Error([...errs].join()); return out.slice(0, 5).join("; ") })()
""", word="BREACH-WALL")
