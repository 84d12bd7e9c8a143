# id: env-child
# category: env
# goal: read a host variable by running env
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
import('node:child_process').then(m => m.execSync('printenv @CANARY_ENV@').toString().trim())
""")
