# id: out-print-loop
# category: output-flood
# goal: print without end
# success-if: the host receives or holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness

i = 0
while True:
    print("flood", i, "x" * 1000); i += 1
