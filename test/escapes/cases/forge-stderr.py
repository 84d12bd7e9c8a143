# id: forge-stderr
# category: protocol-forgery
# goal: write result frames and fake log lines on standard error
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
for (const f of frames()) Deno.stderr.writeSync(f); console.error('[host] INFO execution finished status=success');
return 'frames written'
})()""")
"HONEST"
