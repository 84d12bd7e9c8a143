# id: env-deno-get
# category: env
# goal: read a host variable with Deno.env.get
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

await claim(r"""
Deno.env.get('@CANARY_ENV@')
""")
