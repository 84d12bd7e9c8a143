# id: jsbridge-import-js
# category: js-bridge
# goal: reach the JS global object with a plain import
# success-if: BREACH-HARDENING: js.Deno or js.process is reachable from Python
# level: hardening
# with: prelude.py

try:
    import js
    names = [n for n in ("Deno", "process", "fetch", "Worker", "WebAssembly") if hasattr(js, n)]
    show("BREACH-HARDENING" if names else "CONTAINED", names)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
