# id: proc-fd-write
# category: proc
# goal: write to inherited descriptors, to the terminal and to those of the host through /proc
# success-if: BREACH: one of them could be opened for writing
# with: prelude.py

await claim(r"""
(async () => { const out = []; const fs = await import("node:fs"); const { default: p } = await import("node:process");
  let pp = 1; try { pp = Deno.ppid } catch { try { pp = p.ppid } catch {} }
  const paths = ["/dev/tty", "/dev/console", "/dev/stderr", "/proc/self/mem", `/proc/${pp}/fd/1`, `/proc/${pp}/fd/2`, `/proc/${pp}/mem`];
  for (let fd = 0; fd < 24; fd++) paths.push("/proc/self/fd/" + fd, "/dev/fd/" + fd);
  for (const path of paths) for (const open of [() => Deno.openSync(path, { write: true }).close(), () => fs.closeSync(fs.openSync(path, "r+"))])
    try { open(); out.push(path) } catch {}
  return [...new Set(out)].join() })()
""")
