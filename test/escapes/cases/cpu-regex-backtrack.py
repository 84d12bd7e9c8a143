# id: cpu-regex-backtrack
# category: cpu
# goal: run a catastrophic regular expression
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness

import re
re.match(r"(a+)+$", "a" * 60 + "!")
