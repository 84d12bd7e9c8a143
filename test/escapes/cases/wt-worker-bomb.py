# id: wt-worker-bomb
# category: worker-timer
# goal: start hundreds of Workers that spin
# success-if: more than the allowed number of threads or processes exist, CPU is used after the run was reported as ended, or something outlives the run
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { globalThis.__wb = []; const u = URL.createObjectURL(new Blob(["for(;;);"],{type:"application/javascript"})); let n = 0; try { for (; n < 200; n++) __wb.push(new Worker(u,{type:"module"})) } catch (e) { return "stopped at " + n + " " + e.message } return "workers " + n })()
""", seconds=30)
