# id: env-harness-scrub
# category: env
# goal: find secrets in the process environment even if the API is denied (a second bug would read them)
# success-if: /proc/<sandbox pid>/environ, read by the harness from outside, contains @CANARY_ENV@ or any variable beyond the runner's own short list
# verdict: harness
# checks: clean-environment
# level: hardening
# with: prelude.py

await attempt(r"""
new Promise(r => setTimeout(() => r("waited so that the harness can look at /proc/<pid>/environ"), 1500))
""")
