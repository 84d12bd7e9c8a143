# id: deno-worker-permission-escalation
# category: deno-api
# goal: ask for a Worker with more permissions than the parent
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
new Promise((res, rej) => { const w = new Worker(URL.createObjectURL(new Blob([`
  try { postMessage(Deno.readTextFileSync("@CANARY_FILE@")) } catch (e) { postMessage("ERR " + e.message) }`], {type:"application/javascript"})), {type:"module", deno:{permissions:{read:true, env:true, net:true, run:true, write:true, ffi:true}}});
  w.onmessage = e => { w.terminate(); String(e.data).startsWith("ERR") ? rej(new Error(e.data)) : res(e.data) }; w.onerror = e => { e.preventDefault?.(); rej(new Error(e.message)) } })
""")
