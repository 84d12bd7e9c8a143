# id: forge-process-stdout
# category: protocol-forgery
# goal: write result frames with process.stdout.write
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
for (const f of frames()) process.stdout.write(f);
return 'frames written'
})()""")
"HONEST"
