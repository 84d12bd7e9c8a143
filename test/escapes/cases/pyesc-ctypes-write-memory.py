# id: pyesc-ctypes-write-memory
# category: python-escape
# goal: write the wasm memory of the interpreter with ctypes (change a constant object)
# success-if: BREACH-HARDENING: an immutable object was changed; the harness checks that only this run is affected
# level: hardening
# with: prelude.py

try:
    import ctypes
    n = 987654321
    buf = (ctypes.c_uint32 * 8).from_address(id(n))
    before = n
    for i in range(8):
        if buf[i] & 0x3fffffff == n & 0x3fffffff:
            buf[i] = (buf[i] & ~0x3fffffff) | 42
            break
    show("BREACH-HARDENING" if str(n) != "987654321" else "CONTAINED", str(n))
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
