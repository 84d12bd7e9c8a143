# id: forge-stolen-token
# category: protocol-forgery
# goal: take the token of the runner and end the run with a result frame of its own
# success-if: result value equals FORGED although the last expression is HONEST; one end only, and the next execution works, whatever the frame says
# verdict: harness
# level: hardening
# with: prelude.py token.py

try:
    token = steal_token()
    send_raw(frame(token, 2, end_message()))
    print("ATTEMPTED a forged end with the token", token.hex())
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
