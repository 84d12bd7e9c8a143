# id: wt-child-bomb
# category: worker-timer
# goal: start many child processes
# success-if: any child process of the sandbox exists
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const cp = process.getBuiltinModule("child_process"); let n = 0; const errs = new Set(); for (let i = 0; i < 20; i++) { try { const c = cp.spawn("/bin/sleep", ["3"]); c.on("error", () => {}); if (c.pid) n++ } catch (e) { errs.add(e.name) } } if (!n) throw new Error([...errs].join() || "none started"); return "children " + n })()
""", seconds=30)
