# id: deno-permission-inventory
# category: deno-api
# goal: list the grants that the sandbox process holds outside its own assets
# success-if: BREACH-HARDENING: a path, host or class beyond the runner's own files is granted
# level: hardening
# with: prelude.py

await claim(r"""
(() => { const q = d => Deno.permissions.querySync(d).state; const out = [];
  for (const p of ["/","/etc","/root","/home","/proc","/sys","/dev","/tmp","/usr","/var","/run"]) { if (q({name:"read",path:p})==="granted") out.push("read:"+p); if (q({name:"write",path:p})==="granted") out.push("write:"+p) }
  for (const n of ["net","env","run","ffi","sys","import"]) if (q({name:n})==="granted") out.push(n);
  for (const h of ["deno.land","jsr.io","esm.sh","cdn.jsdelivr.net","raw.githubusercontent.com"]) if (q({name:"import",host:h+":443"})==="granted" || q({name:"import",host:h})==="granted") out.push("import:"+h);
  return out.join(" ") })()
""", word="BREACH-HARDENING")
