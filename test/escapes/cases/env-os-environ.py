# id: env-os-environ
# category: env
# goal: read a host variable with os.environ
# success-if: the program printed the value of the host variable @CANARY_ENV@
# with: prelude.py

try:
    import os

    got = os.environ.get("@CANARY_ENV@") or os.getenv("@CANARY_ENV@")
    # The whole of it, so that the value is seen under any name.
    print(dict(os.environ))
    show("CONTAINED" if empty(got) else "BREACH", got)
except BaseException as e:
    show("CONTAINED", type(e).__name__ + ": " + str(e))
