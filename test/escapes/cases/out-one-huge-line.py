# id: out-one-huge-line
# category: output-flood
# goal: print one line of 400 MiB
# success-if: the host receives or holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness

import sys
sys.stdout.write("x" * (400 * 1024 * 1024))
sys.stdout.flush()
