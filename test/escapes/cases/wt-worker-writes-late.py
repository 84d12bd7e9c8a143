# id: wt-worker-writes-late
# category: worker-timer
# goal: let a Worker go on writing frames to the pipe of the host after the result was given
# success-if: anything outlives the run, or the next execution gets what the Worker wrote
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
const source = `setInterval(() => { for (const f of ${JSON.stringify(frames().slice(0, 12).map(f => [...f]))}) { try { Deno.stdout.writeSync(Uint8Array.from(f)) } catch {} } console.log("LATE-OUTPUT") }, 30)`;
globalThis.late = new Worker(URL.createObjectURL(new Blob([source], { type: "application/javascript" })), { type: "module" });
return "a Worker is left"
})()""")
"HONEST"
