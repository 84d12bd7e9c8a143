# id: jsbridge-pyodide-js-internals
# category: js-bridge
# goal: reach Pyodide's own API object (_api, _module, FS) from Python
# success-if: BREACH-HARDENING: pyodide_js._api / _module / FS reachable
# level: hardening
# with: prelude.py

try:
    import pyodide_js
    names = [n for n in ("_api", "_module", "FS", "mountNodeFS", "registerJsModule", "loadPackage") if hasattr(pyodide_js, n)]
    show("BREACH-HARDENING" if names else "CONTAINED", names)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
