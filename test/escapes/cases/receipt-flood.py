# id: receipt-flood
# category: receipt
# goal: ask for so many permissions that whoever keeps the record of them has no time for anything else
# success-if: host RSS grows by more than 64 MiB, its event loop is held up for more than a second, or the record costs it more than a second of CPU
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const long = "x".repeat(4000); let n = 0; const end = Date.now() + 4000;
  while (Date.now() < end) { try { Deno.statSync("/" + n++ + long) } catch {} } return "asked " + n + " times" })()
""")
