# id: forge-console-log
# category: protocol-forgery
# goal: write result frames on the host's channel with console.log
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
for (const b of bodies) { console.log(JSON.stringify(b)); }
return 'frames written'
})()""")
"HONEST"
