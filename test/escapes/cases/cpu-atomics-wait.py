# id: cpu-atomics-wait
# category: cpu
# goal: block the thread in Atomics.wait
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return 1 })()
""", seconds=600)
