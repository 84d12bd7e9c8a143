# id: ffi-python-ctypes-libc
# category: ffi
# goal: load the host's libc with ctypes
# success-if: BREACH: a host library was loaded
# with: prelude.py

try:
    import ctypes
    got = None
    for p in ("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"):
        try:
            got = ctypes.CDLL(p)
        except OSError:
            pass
    show("BREACH" if got else "CONTAINED", got or "no host library")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
