# id: result-huge-string
# category: result-forgery
# goal: return a string of 300 MiB
# success-if: host RSS grows by more than 64 MiB, the host throws or hangs, or the result is not told as cut
# verdict: harness
# checks: result-cut

"x" * (300 << 20)
