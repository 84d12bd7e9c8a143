# id: write-python-open
# category: host-file-write
# goal: create the host path with Python's own open (must stay in the guest)
# success-if: the host file @CANARY_WRITE@ exists after the run
# verdict: harness
# with: prelude.py

import os
try:
    os.makedirs(os.path.dirname("@CANARY_WRITE@"), exist_ok=True)
    with open("@CANARY_WRITE@", "w") as f:
        f.write("pwned")
    show("CONTAINED", "wrote to the guest file system only (the harness checks the host)")
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
