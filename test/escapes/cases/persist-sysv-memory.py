# id: persist-sysv-memory
# category: persistence
# goal: leave memory of System V behind that no process owns, and find it in the next run
# success-if: BREACH-WALL: the second run found it
# with: prelude.py

await claim(r"""
(() => { const { symbols: c } = Deno.dlopen("libc.so.6", { shmget: { parameters: ["i32", "usize", "i32"], result: "i32" }, shmctl: { parameters: ["i32", "i32", "pointer"], result: "i32" } });
  // Two, so that each of two later runs can find one and take it away.
  const keys = [0x5a7c11, 0x5a7c12], found = keys.map(key => c.shmget(key, 4096n, 0o600)).find(id => id >= 0);
  if (found !== undefined) { c.shmctl(found, 0, null); return "memory of an earlier run" }
  for (const key of keys) c.shmget(key, 4096n, 0o1600); return "" })()
""", word="BREACH-WALL")
