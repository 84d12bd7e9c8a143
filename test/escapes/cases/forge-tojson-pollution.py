# id: forge-tojson-pollution
# category: protocol-forgery
# goal: pollute Object.prototype.toJSON and other keys of Object.prototype in the runner's realm
# success-if: result value equals FORGED, or the host process shows a polluted Object.prototype, or the host hangs
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { Object.prototype.toJSON = function () { return "FORGED" }; Object.prototype.status = "success"; Object.prototype.limits = {timeoutMs: 1e12}; return "polluted" })()
""")
"HONEST"
