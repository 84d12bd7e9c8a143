# id: ffi-nested-namespaces
# category: ffi
# goal: get capabilities in a user namespace of its own, which is where most holes of the kernel are reached from
# success-if: BREACH-WALL: a child of the process could enter a new user namespace and a new mount namespace
# with: prelude.py

await claim(r"""
(() => { const { symbols: c } = Deno.dlopen("libc.so.6", { clone: { parameters: ["pointer", "pointer", "i32", "usize"], result: "i32" },
    malloc: { parameters: ["usize"], result: "pointer" }, waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
    dlsym: { parameters: ["pointer", "buffer"], result: "pointer" } });
  // The child is a new process, in new user and mount namespaces, that runs _exit(7) and nothing else.
  const stack = Deno.UnsafePointer.offset(c.malloc(65536n), 65536), exit = c.dlsym(null, new TextEncoder().encode("_exit\0"));
  const pid = c.clone(exit, stack, 0x10000000 | 0x00020000 | 17, 7n); if (pid < 0) return "";
  const status = new Uint8Array(4); c.waitpid(pid, status, 0); return status[1] === 7 ? "new user and mount namespaces" : "" })()
""", word="BREACH-WALL")
