# id: cpu-time-sleep-blocking
# category: cpu
# goal: block with time.sleep
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness

import time
time.sleep(10**6)
