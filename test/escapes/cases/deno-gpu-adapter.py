# id: deno-gpu-adapter
# category: deno-api
# goal: reach the GPU driver, which no Deno permission guards
# success-if: BREACH-HARDENING: requestAdapter returned an adapter
# level: hardening
# with: prelude.py

await claim(r"""
navigator.gpu ? navigator.gpu.requestAdapter().then(a => a ? "adapter " + (a.info?.description ?? "") + " " + (a.info?.vendor ?? "?") : "") : ""
""", word="BREACH-HARDENING")
