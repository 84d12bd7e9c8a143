# id: forge-all-fds
# category: protocol-forgery
# goal: write result frames to every open descriptor (a private channel may be fd 3 or more)
# success-if: result value equals FORGED, or the host logs a protocol error for another request, or the next execution gets a wrong result
# verdict: harness
# with: prelude.py frames.py

await attempt("(async () => {" + FRAMES + r"""
const fs = process.getBuiltinModule('fs'); for (let fd = 3; fd < 24; fd++) for (const f of frames()) { try { fs.writeSync(fd, f) } catch {} }
return 'frames written'
})()""")
"HONEST"
