# id: cpu-sort-hash-collisions
# category: cpu
# goal: fill a dict with keys that collide
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness

class K:
    def __init__(self, i): self.i = i
    def __hash__(self): return 1
    def __eq__(self, o): return self.i == o.i
d = {K(i): i for i in range(200000)}
