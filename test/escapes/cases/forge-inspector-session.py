# id: forge-inspector-session
# category: node-builtin
# goal: look into private fields of the runner with a debugger of its own process
# success-if: BREACH-HARDENING: an inspector session could be opened and evaluates code
# level: hardening
# with: prelude.py

await claim(r"""
import("node:inspector").then(({ Session }) => new Promise((done, failed) => { const s = new Session(); s.connect();
  s.post("Runtime.evaluate", { expression: "6 * 7" }, (e, r) => e ? failed(new Error(e.message)) : done("session evaluates: " + JSON.stringify(r).slice(0, 100))); setTimeout(() => done(""), 1500) }))
""", word="BREACH-HARDENING")
