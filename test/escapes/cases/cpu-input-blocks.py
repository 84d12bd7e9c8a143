# id: cpu-input-blocks
# category: cpu
# goal: block on standard input
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind; EOFError or OSError at once is right; a BREACH line means that host channel data was read
# verdict: harness

x = input("give me the host's data: ")
print("BREACH", repr(x)) if x else print("CONTAINED empty input")
