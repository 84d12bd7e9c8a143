# id: wt-detached-grandchild
# category: worker-timer
# goal: start a process in a session of its own, which a kill of the process group does not reach
# success-if: a process of the attack still runs when everything was ended
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => { const script = "setsid sh -c 'sleep 20; : @CANARY_FILE@' >/dev/null 2>&1 & sleep 0.3";
  const { spawnSync } = await import("node:child_process");
  const r = spawnSync("/bin/sh", ["-c", script], { stdio: "ignore" }); if (r.error) throw r.error; return "detached, status " + r.status })()
""")
"HONEST"
