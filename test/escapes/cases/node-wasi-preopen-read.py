# id: node-wasi-preopen-read
# category: node-builtin
# goal: read a host file through node:wasi preopens, driving the WASI calls by hand
# success-if: the program printed the content of the host canary file
# with: prelude.py

await claim(r"""
import("node:wasi").then(({WASI}) => { const i = "@CANARY_FILE@".lastIndexOf("/"); const dir = "@CANARY_FILE@".slice(0, i) || "/", base = "@CANARY_FILE@".slice(i + 1);
  const w = new WASI({version:"preview1", preopens:{"/d":dir}}); const mem = new WebAssembly.Memory({initial:1}); w.initialize({exports:{memory:mem, _initialize(){}}});
  const I = w.wasiImport, dv = new DataView(mem.buffer), u8 = new Uint8Array(mem.buffer), nb = new TextEncoder().encode(base); u8.set(nb, 1000);
  let e = I.path_open(3, 0, 1000, nb.length, 0, 2n|4n|8n, 0n, 0, 500); if (e) throw new Error("path_open errno " + e);
  const fd = dv.getUint32(500, true); dv.setUint32(600, 2000, true); dv.setUint32(604, 256, true); e = I.fd_read(fd, 600, 1, 700); if (e) throw new Error("fd_read errno " + e);
  return new TextDecoder().decode(u8.slice(2000, 2000 + dv.getUint32(700, true))) })
""")
