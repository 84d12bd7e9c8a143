# id: write-memory-file-systems
# category: host-file-write
# goal: fill file systems that lie in memory and are counted to no process: /dev, /dev/shm, /tmp, /run
# success-if: file systems in memory hold more than 160 MiB more than before, or BREACH: a file was written to one of them
# checks: shared-memory
# with: prelude.py

await claim(r"""
(() => { const out = [], errs = []; const b = new Uint8Array(8 << 20).fill(7);
  for (const d of ["/dev/shm", "/dev", "/tmp", "/run", "/run/shm", "/var/tmp", "/proc/self/cwd", "/app", "/app/cache"]) { let n = 0;
    try { for (; n < 32; n++) Deno.writeFileSync(`${d}/canary-fill-${Deno.pid}-${n}`, b) } catch (e) { errs.push(e.name) }
    if (n) { out.push(d + " " + n * 8 + " MiB"); if (!globalThis.zzKeep) setTimeout(() => { for (let k = 0; k < n; k++) Deno.removeSync(`${d}/canary-fill-${Deno.pid}-${k}`) }, 300) } if (n) break }
  if (!out.length) throw new Error([...new Set(errs)].join()); return new Promise(r => setTimeout(() => r(out.join(" ")), 400)) })()
""")
