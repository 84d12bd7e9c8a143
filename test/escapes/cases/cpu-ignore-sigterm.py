# id: cpu-ignore-sigterm
# category: cpu
# goal: ignore the polite stop signals and loop
# success-if: the process outlives the time limit by more than 2 seconds (only SIGKILL is certain)
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => { for (const s of ["SIGTERM","SIGINT","SIGHUP","SIGQUIT","SIGUSR1"]) { try { Deno.addSignalListener(s, () => {}) } catch {} try { process.on(s, () => {}) } catch {} } for (;;) { const t = Date.now(); while (Date.now() - t < 50); await new Promise(r => setTimeout(r, 1)) } })()
""", seconds=600)
