# id: proc-python-open
# category: proc
# goal: read /proc from Python (the guest has its own, empty /proc)
# success-if: BREACH: host process data was returned
# with: prelude.py

try:
    import os
    got = {}
    for p in ("/proc/self/environ", "/proc/self/cmdline", "/proc/1/cmdline", "/proc/self/maps"):
        try:
            got[p] = open(p, "rb").read()[:60]
        except OSError:
            pass
    got = {k: v for k, v in got.items() if v}
    show("BREACH" if got else "CONTAINED", got or os.listdir("/proc/self") if os.path.isdir("/proc/self") else "no /proc")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
