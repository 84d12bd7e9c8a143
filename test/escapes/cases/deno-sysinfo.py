# id: deno-sysinfo
# category: deno-api
# goal: learn host facts: name, kernel, memory, user, interfaces
# success-if: BREACH-HARDENING: any host fact was returned
# level: hardening
# with: prelude.py

await claim(r"""
(() => { const out = []; for (const [n,f] of Object.entries({hostname:()=>Deno.hostname(),osRelease:()=>Deno.osRelease(),loadavg:()=>Deno.loadavg(),mem:()=>Deno.systemMemoryInfo().total,uid:()=>Deno.uid(),gid:()=>Deno.gid(),ifs:()=>Deno.networkInterfaces().length,uptime:()=>Deno.osUptime()})) { try { out.push(n + "=" + f()) } catch {} } return out.join(" ") })()
""", word="BREACH-HARDENING")
