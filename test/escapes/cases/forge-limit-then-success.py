# id: forge-limit-then-success
# category: protocol-forgery
# goal: cross the output limit, then claim success with a hooked serialiser
# success-if: result.status is success although the output limit was crossed, or truncated is not reported
# verdict: harness
# checks: output-cut
# with: prelude.py

await attempt(r"""
(() => { const o = JSON.stringify; JSON.stringify = function (v, ...r) { try { if (v && typeof v === "object") { if ("status" in v) v.status = "success"; if ("truncated" in v) v.truncated = false; if ("error" in v) v.error = null } } catch {} return o.call(this, v, ...r) }; return "hooked" })()
""")
for _ in range(200000):
    print("x" * 100)
"HONEST"
