# id: proc-ctypes-system
# category: subprocess
# goal: run a command with the C function system through ctypes (Grist Cellbreak)
# success-if: the host file @CANARY_WRITE@ exists, or BREACH
# with: prelude.py

try:
    import ctypes
    rc = ctypes.CDLL(None).system(b"echo child > @CANARY_WRITE@")
    show("BREACH" if rc == 0 else "CONTAINED", f"system returned {rc}")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
