# id: forge-host-verdict
# category: protocol-forgery
# goal: claim an ending that only the host may tell: timeout, cancelled, output, cpu
# success-if: the error kind of the result is one that the host alone gives, although no limit was passed
# verdict: harness
# checks: no-false-verdict
# with: prelude.py token.py

try:
    token = steal_token()
    error = {"name": "TimeoutError", "message": "took too long", "traceback": "", "line": None}
    for kind in ("timeout", "cancelled", "output", "cpu"):
        send_raw(frame(token, 2, end_message(result=None, error={**error, "kind": kind})))
    print("ATTEMPTED verdicts of the host")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
