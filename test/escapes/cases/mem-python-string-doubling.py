# id: mem-python-string-doubling
# category: memory
# goal: double a string until it fails
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers
# verdict: harness

s = "x" * 1024
try:
    while len(s) < 1_700_000_000:
        s = s + s
except MemoryError:
    print("MemoryError")
print("HELD", len(s) >> 20, "MiB")
