# id: deno-realpath-exists-oracle
# category: deno-api
# goal: tell an existing host path from a missing one by the error (existence oracle)
# success-if: BREACH: the two errors differ in class
# with: prelude.py

await claim(r"""
(() => { const k = p => { try { Deno.lstatSync(p); return "ok" } catch (e) { return e.name } };
  const a = k("@CANARY_FILE@"), b = k("@CANARY_FILE@.does-not-exist-9f3"); return a === b ? "" : a + " vs " + b })()
""")
