# id: jsbridge-js-exception
# category: js-bridge
# goal: get a JS object out of an exception raised by an allowed call and climb from it
# success-if: BREACH-HARDENING: JsException led to globalThis
# level: hardening
# with: prelude.py

try:
    got = None
    from pyodide.ffi import JsException, to_js
    try:
        to_js([1]).at.call()
    except BaseException as e:
        err = getattr(e, "js_error", e)
        got = err.constructor.constructor("return typeof Deno + '/' + typeof process")()
    show("BREACH-HARDENING" if got and "object" in str(got) else "CONTAINED", got)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
