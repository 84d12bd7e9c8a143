# id: cpu-eat-host-channel
# category: cpu
# goal: read the pipe of the host, so that its interrupt and its next request never arrive
# success-if: the run is not ended within the time limit plus 1 second, or a BREACH line shows what the host wrote
# verdict: harness
# with: prelude.py

await attempt(r"""
(async () => { const got = []; const piece = new Uint8Array(65536);
  for (let i = 0; i < 3; i++) { const n = await Deno.stdin.read(piece); if (n === null) break; got.push(new TextDecoder().decode(piece.subarray(0, n))) }
  for (;;) { const until = Date.now() + 50; while (Date.now() < until); await new Promise(r => setTimeout(r, 1)) } })()
""", seconds=600)
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
