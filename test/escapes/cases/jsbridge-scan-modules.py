# id: jsbridge-scan-modules
# category: js-bridge
# goal: scan every loaded module for a leftover JsProxy and climb to globalThis
# success-if: BREACH-HARDENING: a leftover proxy led to globalThis.Deno
# level: hardening
# with: prelude.py

try:
    import sys, asyncio, pyodide.webloop
    hits = []
    for name, mod in list(sys.modules.items()):
        if name in ("js", "pyodide_js"):
            continue
        for k, v in list(getattr(mod, "__dict__", {}).items()):
            if type(v).__name__ == "JsProxy":
                try:
                    g = v.constructor.constructor("return globalThis")()
                    if hasattr(g, "Deno") or hasattr(g, "process"):
                        hits.append(name + "." + k)
                except BaseException:
                    pass
    show("BREACH-HARDENING" if hits else "CONTAINED", hits)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
