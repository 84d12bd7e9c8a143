# id: read-require-syntax-leak
# category: host-file-read
# goal: leak a host file through the error of createRequire on it
# success-if: BREACH: the error text quotes the host file or it is loaded
# with: prelude.py

await claim(r"""
import("node:module").then(m => { try { return "loaded " + m.createRequire("file:///x.js")("/etc/passwd") } catch (e) { if (/root:/.test(String(e.message) + String(e.stack))) return "quoted: " + String(e.message).slice(0,120); throw e } })
""")
