# id: cpu-c-level-sum
# category: cpu
# goal: stay inside one C call that looks at no interrupt
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness

import collections, itertools
collections.deque(itertools.repeat(0), maxlen=0)
