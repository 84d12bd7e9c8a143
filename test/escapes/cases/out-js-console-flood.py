# id: out-js-console-flood
# category: output-flood
# goal: flood with console.log, error, warn, past Python's own cap
# success-if: the host receives or holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { const s = 'c'.repeat(65536); for (let i = 0; i < 6000; i++) { console.log(s); console.error(s) } return 'flooded' })()
""", seconds=60)
