# id: pyesc-trigger-fatal
# category: python-escape
# goal: crash the interpreter on purpose with Pyodide's own test hook, abort or a NULL read
# success-if: result.status is success, or the host process or another session is disturbed; expected: a clean 'crashed' error
# verdict: harness
# checks: not-success

import ctypes
print("ATTEMPTED fatal error")
try:
    import _pyodide_core
    _pyodide_core.trigger_fatal_error()
except BaseException as e:
    print("first road:", type(e).__name__)
ctypes.CDLL(None).abort()
