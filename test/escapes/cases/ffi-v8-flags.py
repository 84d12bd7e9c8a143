# id: ffi-v8-flags
# category: ffi
# goal: switch on native V8 syntax at run time and use it
# success-if: BREACH-HARDENING: v8.setFlagsFromString took effect
# level: hardening
# with: prelude.py

await claim(r"""
import("node:v8").then(m => { m.setFlagsFromString("--allow-natives-syntax"); return new Function("return %GetOptimizationStatus(function(){})")() + " natives on" })
""", word="BREACH-HARDENING")
