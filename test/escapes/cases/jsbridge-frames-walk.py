# id: jsbridge-frames-walk
# category: js-bridge
# goal: walk the calling frames for host objects (JsProxy, PyProxy, runner locals)
# success-if: BREACH-HARDENING: a caller frame exposes a JsProxy or a runner-private variable
# level: hardening
# with: prelude.py

try:
    import sys
    seen = []
    f = sys._getframe()
    while f is not None:
        for where, d in (("locals", f.f_locals), ("globals", f.f_globals)):
            for k, v in list(d.items()):
                if type(v).__name__ in ("JsProxy", "JsDoubleProxy"):
                    seen.append(f"{f.f_code.co_filename}:{f.f_code.co_name}:{where}:{k}")
        f = f.f_back
    show("BREACH-HARDENING" if seen else "CONTAINED", seen)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
