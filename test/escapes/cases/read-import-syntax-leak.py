# id: read-import-syntax-leak
# category: host-file-read
# goal: leak the first line of a host file through the syntax error of an import
# success-if: BREACH: the error text quotes the host file
# with: prelude.py

await claim(r"""
import("file:///etc/passwd").then(m => "imported").catch(e => { if (/root:/.test(String(e.message))) return "error text quotes the file: " + e.message.slice(0,150); throw e })
""")
