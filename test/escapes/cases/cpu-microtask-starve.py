# id: cpu-microtask-starve
# category: cpu
# goal: starve the event loop with microtasks so that in-process timers never fire
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => { for (;;) await 0 })()
""", seconds=600)
