# id: rec-json-pickle-deepcopy
# category: recursion
# goal: overflow json, pickle and deepcopy
# success-if: the host crashes or hangs, result.status is success, or the next execution fails; expected: RecursionError or a clean 'crashed' error
# verdict: harness

import json, pickle, copy
for f in (lambda: json.loads("[" * 500000), lambda: pickle.loads(b"(" * 500000 + b"."), lambda: copy.deepcopy(eval("[" * 80 + "]" * 80))):
    try: f()
    except Exception as e: print(type(e).__name__)
import sys; sys.setrecursionlimit(2**31 - 1)
a = []
for _ in range(300000): a = [a]
json.dumps(a)
