# id: read-require-syntax-leak
# category: host-file-read
# goal: leak a host file through the error of createRequire on it
# success-if: BREACH: the error text quotes the host file or it is loaded
# with: prelude.py

await claim(r"""
import("node:module").then(m => { const errs = []; const require = m.createRequire("file:///x.js");
  for (const file of ["@CANARY_FILE@", "/etc/passwd"]) try { return "loaded " + require(file) } catch (e) { const t = String(e.message) + String(e.stack);
    if (/:x?:0:/.test(t)) return "quoted: " + t.slice(0, 200); errs.push(e.code ?? e.name) }
  throw new Error(errs.join()) })
""")
