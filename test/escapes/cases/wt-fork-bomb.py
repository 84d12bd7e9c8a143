# id: wt-fork-bomb
# category: worker-timer
# goal: clone itself until the kernel refuses, so that nobody can start anything, and leave the children behind
# success-if: processes are left when the run has ended
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const { symbols: c } = Deno.dlopen("libc.so.6", { clone: { parameters: ["pointer", "pointer", "i32", "usize"], result: "i32" },
    malloc: { parameters: ["usize"], result: "pointer" }, dlsym: { parameters: ["pointer", "buffer"], result: "pointer" } });
  // New processes that share this one's memory, each with a stack of its own, that wait for ever.
  const pause = c.dlsym(null, new TextEncoder().encode("pause\0")); let n = 0;
  while (n < 1500 && c.clone(pause, Deno.UnsafePointer.offset(c.malloc(16384n), 16384), 0x100 | 17, 0n) > 0) n++;
  return `started ${n}` })()
""")
