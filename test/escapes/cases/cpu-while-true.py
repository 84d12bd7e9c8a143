# id: cpu-while-true
# category: cpu
# goal: loop for ever in Python
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness

while True:
    pass
