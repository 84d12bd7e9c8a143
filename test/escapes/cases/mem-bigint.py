# id: mem-bigint
# category: memory
# goal: build a huge integer and its decimal text
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers
# verdict: harness

import sys
sys.set_int_max_str_digits(0)
try:
    n = 1 << (8 * 700_000_000)
    print("HELD", sys.getsizeof(n) >> 20, "MiB")
except (MemoryError, OverflowError) as e:
    print(type(e).__name__)
