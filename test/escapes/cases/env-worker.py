# id: env-worker
# category: env
# goal: read a host variable from a Worker
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
new Promise((res, rej) => { const w = new Worker(URL.createObjectURL(new Blob([`let v=""; try { v = Deno.env.get("@CANARY_ENV@") } catch (e) { try { v = process.env["@CANARY_ENV@"] } catch {} } postMessage(v ?? "")`], {type:"application/javascript"})), {type:"module"});
  w.onmessage = e => { w.terminate(); res(e.data) }; w.onerror = e => { e.preventDefault?.(); rej(new Error(e.message)) } })
""")
