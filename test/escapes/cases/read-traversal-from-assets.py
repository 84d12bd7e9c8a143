# id: read-traversal-from-assets
# category: host-file-read
# goal: walk out of the directory that the runner may read (.., encoded, doubled slashes, NUL, file URL)
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
(async () => { let base = ""; for (const l of (new Error().stack||"").matchAll(/file:\/\/([^:)]+)\//g)) base = base || l[1];
  try { base = base || Deno.cwd() } catch {} const up = "../".repeat(12), c = "@CANARY_FILE@"; const errs = [];
  for (const p of [base + "/" + up + c, base + "/./" + up + "." + c, base + "//..//" + up + c, new URL("file://" + base + "/%2e%2e/".repeat(12) + c), base + "/" + up + c + "\0.mjs", "file://localhost" + c, "/" + c, base + "/x/../" + up + c])
    try { return Deno.readTextFileSync(p) } catch (e) { errs.push(e.name) }
  throw new Error(errs.join()) })()
""")
