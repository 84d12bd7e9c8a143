# id: forge-output-flood
# category: output-flood
# goal: send far more output than the limit, past the runner that would cut it
# success-if: the host holds more than the output limit (plus one frame), or no truncation mark is set, or host RSS grows by more than 64 MiB
# verdict: harness
# with: prelude.py token.py

try:
    token = steal_token()
    flood = frame(token, 3, b"F" * 64_000) * 64
    for _ in range(100):
        send_raw(flood)
    print("ATTEMPTED 400 MiB of output")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
