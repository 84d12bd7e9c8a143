# id: forge-tiny-frames
# category: protocol-forgery
# goal: send millions of frames of which each is empty, so that no count of bytes ever stops them
# success-if: the event loop of the host is held up for more than a second, its RSS grows by more than 64 MiB, or the run goes past its limit; or the frames cost the host more than three seconds of CPU
# verdict: harness
# checks: host-lag host-cpu
# with: prelude.py token.py

try:
    token = steal_token()
    empty = frame(token, 3, b"") * 50_000
    for _ in range(160):
        send_raw(empty)
    print("ATTEMPTED eight million empty frames")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
