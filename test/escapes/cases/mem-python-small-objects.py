# id: mem-python-small-objects
# category: memory
# goal: hold many small Python objects
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers
# verdict: harness

hold = []
try:
    for i in range(12_000_000):
        hold.append((i, str(i)))
except MemoryError:
    print("MemoryError")
print("HELD", len(hold), "tuples")
