# id: pyesc-sys-exit-zero
# category: python-escape
# goal: use SystemExit(0) to look like a clean end in the middle of the work
# success-if: the host hangs, or a later line of the program ran, or the sandbox process dies with no result
# verdict: harness
# checks: ends-there

import sys
print("BEFORE")
sys.exit(0)
print("AFTER-EXIT")
