# id: forge-fake-exit-zero
# category: protocol-forgery
# goal: write a success frame and exit 0 at once, to win the race with the real result
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
for (const f of frames()) { try { Deno.stdout.writeSync(f) } catch {} } Deno.exit(0)
})()""")
"HONEST"
