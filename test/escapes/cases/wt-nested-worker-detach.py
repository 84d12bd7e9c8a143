# id: wt-nested-worker-detach
# category: worker-timer
# goal: start a Worker from a Worker and end the first
# success-if: more than the allowed number of threads or processes exist, CPU is used after the run was reported as ended, or something outlives the run
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const inner = "setInterval(()=>{const t=Date.now(); while(Date.now()-t<50)},60)"; const outer = `new Worker(URL.createObjectURL(new Blob([${JSON.stringify(inner)}],{type:"application/javascript"})),{type:"module"}); setTimeout(()=>self.close(),200)`; new Worker(URL.createObjectURL(new Blob([outer],{type:"application/javascript"})),{type:"module"}); return "nested" })()
""", seconds=30)
