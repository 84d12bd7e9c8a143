# id: jsbridge-ctypes-run-script
# category: js-bridge
# goal: evaluate JS through the Emscripten C symbol emscripten_run_script (Grist Cellbreak, CVE-2026-24002)
# success-if: BREACH-HARDENING: C-level emscripten_run_script ran JS
# level: hardening
# with: prelude.py

try:
    import ctypes
    L = ctypes.CDLL(None)
    L.emscripten_run_script_string.restype = ctypes.c_char_p
    got = L.emscripten_run_script_string(b"typeof Deno + '/' + typeof process")
    show("BREACH-HARDENING" if got and b"object" in got else "CONTAINED", got)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
