# id: receipt-flood-granted
# category: receipt
# goal: ask for granted and for refused files so often that the record costs the host more than the run
# success-if: host RSS grows by more than 64 MiB, its event loop is held up for more than a second, or the record costs it more than three seconds of CPU
# verdict: harness
# with: prelude.py
# needs: files

await attempt(r"""
(() => { const long = "x".repeat(4000), d = "@GRANTED_FOLDER@"; let n = 0; const end = Date.now() + 4000;
  while (Date.now() < end) { try { Deno.statSync(`${d}/${n}/${long}`) } catch {} try { Deno.statSync(`/${n++}/${long}`) } catch {} try { Deno.env.get("A" + n) } catch {} }
  return "asked " + n + " times" })()
""")
