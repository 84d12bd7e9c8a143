# id: mem-guest-files
# category: memory
# goal: fill the guest file system, which lives in memory
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers
# verdict: harness

import os
n = 0
try:
    for i in range(24):
        with open(f"/tmp/fill{i}", "wb") as f:
            f.write(os.urandom(1024) * 65536)
        n += 64
except (OSError, MemoryError) as e:
    print(type(e).__name__, e)
print("HELD", n, "MiB in guest files")
