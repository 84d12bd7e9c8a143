# id: jsbridge-webloop-promise
# category: js-bridge
# goal: climb from the event loop's scheduling callback and a promise to globalThis
# success-if: BREACH-HARDENING: the loop's JS callback led to globalThis
# level: hardening
# with: prelude.py

try:
    import pyodide.webloop as w
    hits = []
    for k in dir(w):
        v = getattr(w, k)
        if type(v).__name__ == "JsProxy":
            g = v.constructor.constructor("return globalThis")()
            if hasattr(g, "Deno") or hasattr(g, "process"):
                hits.append(k)
    show("BREACH-HARDENING" if hits else "CONTAINED", hits)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
