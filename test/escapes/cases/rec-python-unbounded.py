# id: rec-python-unbounded
# category: recursion
# goal: recurse with the limit lifted
# success-if: the host crashes or hangs, result.status is success, or the next execution fails; expected: RecursionError or a clean 'crashed' error
# verdict: harness

import sys
sys.setrecursionlimit(2**31 - 1)
def f(n): return f(n + 1)
f(0)
