# id: out-tiny-writes
# category: output-flood
# goal: make millions of one-byte flushed writes
# success-if: the host receives or holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness

import sys
for i in range(5_000_000):
    sys.stdout.write("."); sys.stdout.flush()
