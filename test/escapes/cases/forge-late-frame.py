# id: forge-late-frame
# category: protocol-forgery
# goal: write a result frame after the program has ended, so that it meets the next request
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
setTimeout(() => { for (const f of frames()) { try { Deno.stdout.writeSync(f) } catch {} } }, 50); setInterval(() => { for (const f of frames()) { try { Deno.stdout.writeSync(f) } catch {} } }, 300);
return 'frames written'
})()""")
"HONEST"
