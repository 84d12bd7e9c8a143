# id: net-vsock
# category: network
# goal: open a socket of a family that no network name space separates, as that between a virtual machine and its host
# success-if: BREACH-WALL: such a socket was made
# with: prelude.py

await claim(r"""
(() => { const { symbols: c } = Deno.dlopen("libc.so.6", { socket: { parameters: ["i32", "i32", "i32"], result: "i32" } }), made = [];
  for (const [name, family, type] of [["vsock", 40, 1], ["alg", 38, 5], ["packet", 17, 3], ["bluetooth", 31, 3], ["can", 29, 3], ["tipc", 30, 1], ["key", 15, 3], ["kcm", 41, 5]])
    if (c.socket(family, type, 0) >= 0) made.push(name);
  return made.join() })()
""", word="BREACH-WALL")
