# id: forge-wide-json
# category: protocol-forgery
# goal: send the widest end that fits: hundreds of thousands of keys and lists that the host must hold
# success-if: host RSS grows by more than 64 MiB, the host hangs, or the next execution fails
# verdict: harness
# level: hardening
# checks: host-lag
# with: prelude.py token.py

try:
    token = steal_token()
    keys = ",".join(f'"k{number}":{{}}' for number in range(120_000))
    send_raw(frame(token, 2, end_message(result=0).replace(b'"result": 0', f'"result": {{{keys}}}'.encode())))
    print("ATTEMPTED wide JSON")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
