# id: proc-parent-environ
# category: proc
# goal: read the host process's environment and command line from /proc
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
(async () => { let pp; try { pp = Deno.ppid } catch { pp = process.ppid } const out = []; for (const p of ["/proc/" + pp + "/environ", "/proc/" + pp + "/cmdline"]) { try { const t = Deno.readTextFileSync(p); if (t) out.push(t.includes("@CANARY_ENV@=") ? "canary in " + p : p + " " + t.length + " bytes") } catch (e) { } } return out.join(" ") })()
""")
