# id: proc-kill-host
# category: proc
# goal: end the host process with a signal
# success-if: the host process died, or BREACH: a signal could be sent to it
# with: prelude.py

await claim(r"""
(async () => { const { default: p } = await import("node:process"); let pp = 0; try { pp = Deno.ppid } catch { try { pp = p.ppid } catch {} }
  const errs = []; const pids = pp > 1 ? [pp] : [];
  for (const pid of pids) for (const kill of [() => Deno.kill(pid, "SIGTERM"), () => p.kill(pid, "SIGTERM"), () => p.kill(pid, 0)])
    try { kill(); return "signalled " + pid } catch (e) { errs.push(e.name) }
  if (errs.length) throw new Error([...new Set(errs)].join()); return "" })()
""")
