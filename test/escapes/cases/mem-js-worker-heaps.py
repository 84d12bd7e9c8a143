# id: mem-js-worker-heaps
# category: memory
# goal: spread memory over Workers, each with its own heap and buffers
# success-if: host RSS of the sandbox process (VmHWM) exceeds the limit by more than 25%, or result.status is success although the limit was crossed, or the host process suffers (bounded by the program at 3 GiB)
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => { globalThis.__k = []; let n = 0; for (let i = 0; i < 12; i++) { const w = new Worker(URL.createObjectURL(new Blob(["const h=[];for(let i=0;i<8;i++){const a=new Uint8Array(32<<20);for(let j=0;j<a.length;j+=4096)a[j]=1;h.push(a)};postMessage(1);setInterval(()=>h.length,1e3)"],{type:"application/javascript"})),{type:"module"}); __k.push(w); await new Promise((res, rej) => { w.onmessage = res; w.onerror = rej }); n += 256 } return "HELD " + n + " MiB in workers" })()
""", seconds=60)
