# id: mem-js-heap
# category: memory
# goal: fill the V8 heap with objects (near-heap-limit crash must be reported as a limit)
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers (bounded by the program at 3 GiB)
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { globalThis.__o = []; for (let i = 0; i < 30_000_000; i++) __o.push({i, s: "x" + i}); return "HELD " + __o.length + " objects" })()
""", seconds=60)
