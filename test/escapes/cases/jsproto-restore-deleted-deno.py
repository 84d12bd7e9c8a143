# id: jsproto-restore-deleted-deno
# category: js-prototype
# goal: get the Deno API back after the runner deleted globalThis.Deno (fresh realm from a Worker)
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
new Promise((res, rej) => { const w = new Worker(URL.createObjectURL(new Blob([`
  try { postMessage(Deno.readTextFileSync("@CANARY_FILE@")) } catch (e) { postMessage("ERR " + e.message) }`], {type:"application/javascript"})), {type:"module"});
  w.onmessage = e => { w.terminate(); String(e.data).startsWith("ERR") ? rej(new Error(e.data)) : res(e.data) }; w.onerror = e => { e.preventDefault?.(); rej(new Error(e.message)) } })
""")
