# id: proc-kernel-switches
# category: proc
# goal: write to switches of the kernel that work for the whole machine: core pattern, system requests, modules, limits, memory control
# success-if: BREACH-WALL: one of them could be opened for writing
# with: prelude.py

await claim(r"""
(async () => { const out = [], errs = new Set(); const fs = await import("node:fs");
  const paths = ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches", "/proc/sys/kernel/hostname", "/proc/sys/user/max_user_namespaces",
    "/proc/sys/net/ipv4/ip_forward", "/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/mem", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/sda", "/dev/vda", "/dev/dri/card0", "/dev/nvidia0",
    "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/sys/power/state", "/proc/self/uid_map", "/proc/self/setgroups"];
  for (const p of paths) for (const open of [() => Deno.openSync(p, { write: true }).close(), () => fs.closeSync(fs.openSync(p, "r+"))]) try { open(); out.push(p) } catch (e) { errs.add(e.name) }
  if (!out.length) throw new Error([...errs].join()); return [...new Set(out)].join() })()
""", word="BREACH-WALL")
