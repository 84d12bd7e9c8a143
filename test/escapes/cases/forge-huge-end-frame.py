# id: forge-huge-end-frame
# category: protocol-forgery
# goal: announce a frame of four gigabytes, and send the start of it
# success-if: host RSS grows by more than 64 MiB, the host hangs, or the next execution fails
# verdict: harness
# with: prelude.py token.py

try:
    token = steal_token()
    send_raw(b"\x02" + struct.pack("<I", 2**32 - 1) + token + b" " * (48 << 20))
    print("ATTEMPTED a frame without an end")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
