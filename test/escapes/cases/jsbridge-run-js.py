# id: jsbridge-run-js
# category: js-bridge
# goal: evaluate JS with pyodide.code.run_js
# success-if: BREACH-HARDENING: run_js evaluates code in the host realm
# level: hardening
# with: prelude.py

try:
    from pyodide.code import run_js
    got = run_js("typeof Deno + ' ' + typeof process + ' ' + typeof globalThis.fetch")
    show("BREACH-HARDENING", got)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
