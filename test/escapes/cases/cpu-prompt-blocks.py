# id: cpu-prompt-blocks
# category: cpu
# goal: block on the terminal with prompt/confirm/alert
# success-if: the run is not ended within the time limit plus 1 second, or result.status is success or a plain Python error instead of a timeout, or a process is left behind, or a prompt text appears on the host terminal
# verdict: harness
# with: prelude.py

await attempt(r"""
(() => { alert('sandbox says hi'); return prompt('password?') ?? '' })()
""", seconds=600)
