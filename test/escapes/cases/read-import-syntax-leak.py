# id: read-import-syntax-leak
# category: host-file-read
# goal: leak the first line of a host file through the syntax error of an import
# success-if: BREACH: the error text quotes the host file
# with: prelude.py

await claim(r"""
(async () => { const errs = []; for (const file of ["@CANARY_FILE@", "/etc/passwd"]) for (const options of [undefined, { with: { type: "json" } }, { with: { type: "text" } }, { with: { type: "bytes" } }])
  try { const m = await import("file://" + file, options); return "imported " + String(m.default).slice(0, 100) } catch (e) { const t = String(e.message) + e.stack;
    if (/:x?:\d+:/.test(t.replace(/file:\S+/g, ""))) return "error text quotes the file: " + t.slice(0, 200); errs.push(e.name) }
  throw new Error([...new Set(errs)].join()) })()
""")
