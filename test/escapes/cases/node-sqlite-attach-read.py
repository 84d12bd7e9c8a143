# id: node-sqlite-attach-read
# category: node-builtin
# goal: open a host path with node:sqlite ATTACH from an in-memory database
# success-if: BREACH: ATTACH of a host path was accepted
# with: prelude.py

await claim(r"""
import("node:sqlite").then(m => { const d = new m.DatabaseSync(":memory:"); d.exec("ATTACH DATABASE '@CANARY_WRITE@' AS x; CREATE TABLE x.t(a); INSERT INTO x.t VALUES('pwned')"); const r = d.prepare("SELECT a FROM x.t").get(); d.close(); return "attached host file: " + r.a })
""")
