# id: proc-parent-environ
# category: proc
# goal: read the host process's environment and command line from /proc
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
(async () => { const out = [], errs = []; let pids = ["self"];
  try { pids.push(Deno.ppid) } catch { try { pids.push(process.ppid) } catch {} }
  try { pids.push(...[...Deno.readDirSync("/proc")].map(e => e.name).filter(n => /^\d+$/.test(n))) } catch {}
  for (const pid of pids) for (const f of ["environ", "cmdline"]) try { const t = Deno.readTextFileSync(`/proc/${pid}/${f}`); const at = t.indexOf("@CANARY_ENV@=");
    if (at >= 0) out.unshift("canary of " + pid + ": " + t.slice(at, at + 80)); else if (pid !== "self" && t) out.push(pid + " " + f + " " + t.length) } catch (e) { errs.push(e.name) }
  if (!out.length) throw new Error([...new Set(errs)].join() || "nothing there"); return out.slice(0, 4).join(" ") })()
""")
