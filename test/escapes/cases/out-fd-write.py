# id: out-fd-write
# category: output-flood
# goal: write to descriptor 1 and 2 with os.write, past sys.stdout
# success-if: the host receives or holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness

import os
b = b"z" * 65536 + b"\n"
for i in range(8000):
    os.write(1, b); os.write(2, b)
