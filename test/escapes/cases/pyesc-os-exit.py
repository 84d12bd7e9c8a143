# id: pyesc-os-exit
# category: python-escape
# goal: end the interpreter or process with exit code 0 before a result was made
# success-if: result.status is success (an early exit must not look like a finished run)
# verdict: harness
# checks: not-success

import os
print("ATTEMPTED os._exit(0)", flush=True)
os._exit(0)
