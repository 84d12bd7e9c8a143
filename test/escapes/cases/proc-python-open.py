# id: proc-python-open
# category: proc
# goal: read /proc from Python (the guest has its own, empty /proc)
# success-if: BREACH: host process data was returned
# with: prelude.py

try:
    import os

    got = {}
    for path in ("/proc/self/environ", "/proc/self/cmdline", "/proc/1/cmdline", "/proc/self/maps", "/proc/version", "@CANARY_FILE@"):
        try:
            with open(path, "rb") as file:
                got[path] = file.read(60)
        except OSError:
            pass
    got = {path: content for path, content in got.items() if content}
    show("BREACH" if got else "CONTAINED", got or "nothing of the host")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
