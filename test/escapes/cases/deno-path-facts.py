# id: deno-path-facts
# category: deno-api
# goal: learn host paths: executable, working directory, main module, arguments
# success-if: BREACH-HARDENING: a host path or the argument list was returned
# level: hardening
# with: prelude.py

await claim(r"""
(() => { const out = []; for (const [n,f] of Object.entries({exec:()=>Deno.execPath(),cwd:()=>Deno.cwd(),main:()=>Deno.mainModule,args:()=>Deno.args.join("|"),argv:()=>process.argv.join("|"),pcwd:()=>process.cwd()})) { try { const v = f(); if (v) out.push(n + "=" + v) } catch {} } return out.join(" ") })()
""", word="BREACH-HARDENING")
