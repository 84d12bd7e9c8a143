# id: wt-interval-after-result
# category: worker-timer
# goal: leave timers that burn CPU and print after the result was given
# success-if: more than the allowed number of threads or processes exist, CPU is used after the run was reported as ended, or something outlives the run, or LATE-OUTPUT appears in any result
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { for (let i = 0; i < 50; i++) setInterval(() => { const t = Date.now(); while (Date.now() - t < 20); console.log("LATE-OUTPUT") }, 10); return "timers left" })()
""", seconds=30)
"HONEST"
