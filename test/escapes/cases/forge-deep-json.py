# id: forge-deep-json
# category: protocol-forgery
# goal: send an end whose result is nested a million deep, to overflow the stack of the host
# success-if: the host dies, hangs or throws, or the next execution fails
# verdict: harness
# with: prelude.py token.py

try:
    token = steal_token()
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        depth = 1_000_000 // len(opened)
        nested = opened * depth + "1" + closed * (depth if len(opened) == 1 else 0)
        send_raw(frame(token, 2, end_message(result=0).replace(b'"result": 0', b'"result": ' + nested.encode())))
    print("ATTEMPTED deep JSON")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
