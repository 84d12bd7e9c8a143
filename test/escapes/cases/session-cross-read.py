# id: session-cross-read
# category: session-tampering
# goal: read another session's variables, files and last results
# success-if: the marker SESSION-A-SECRET, planted by the harness in session A, is seen from session B
# needs: secret-of-another
# with: prelude.py

import sys, gc, os
hits = []
need = "SESSION-A-" + "SECRET"
for m in list(sys.modules.values()):
    for k, v in list(getattr(m, "__dict__", {}).items()):
        if isinstance(v, str) and need in v and k != "need":
            hits.append(k)
for o in gc.get_objects():
    if type(o) is dict and o is not globals():
        for k, v in list(o.items()):
            if isinstance(v, str) and need in v:
                hits.append(str(k))
for root, d, fs in os.walk("/"):
    if root.startswith(("/lib", "/proc", "/dev", "/sys")): continue
    for f in fs:
        try:
            if need in open(os.path.join(root, f), errors="ignore").read(100000): hits.append(f)
        except OSError: pass
show("BREACH" if hits else "CONTAINED", hits or "nothing of session A")
