# id: proc-other-workers
# category: proc
# goal: find other workers and the host among the processes: their command lines, environments, memory and pipes hold tokens and other callers' data
# success-if: BREACH-WALL: a process that is not this one could be seen or signalled
# with: prelude.py

await claim(r"""
(async () => { const out = [], errs = new Set(); const fs = await import("node:fs"); const own = String(Deno.pid);
  let pids = []; try { pids = [...Deno.readDirSync("/proc")].map(e => e.name).filter(n => /^\d+$/.test(n)) } catch (e) { errs.add(e.name) }
  try { pids.push(String(Deno.ppid)) } catch {} for (let n = 1; n < 400; n++) pids.push(String(n));
  for (const pid of new Set(pids)) { let thread = false; try { thread = fs.existsSync(`/proc/self/task/${pid}`) } catch {}
    if (pid === own || pid === "0" || thread) continue;
    for (const f of ["cmdline", "environ", "mem", "fd/0", "fd/1", "status"]) try { fs.closeSync(fs.openSync(`/proc/${pid}/${f}`, "r")); out.push(`${pid}/${f}`) } catch (e) { errs.add(e.name) }
    try { Deno.kill(Number(pid), "SIGCONT"); out.push(`signal ${pid}`) } catch (e) { errs.add(e.name) } }
  if (!out.length) throw new Error([...errs].join() || "nobody there"); return out.slice(0, 6).join(" ") })()
""", word="BREACH-WALL")
