# id: forge-repeated-started
# category: protocol-forgery
# goal: say that the run has begun again and again, in messages as large as they may be, which the host has to parse
# success-if: the event loop of the host is held up for more than a second, or the messages cost the host more than a second of CPU
# verdict: harness
# checks: host-lag host-cpu
# with: prelude.py token.py

try:
    token = steal_token()
    small = frame(token, 2, b'{"type":"started","run":1}') * 20_000
    large = frame(token, 2, b'{"type":"started","run":1' + b" " * 1_900_000 + b"}")
    for _ in range(90):
        send_raw(large)
        send_raw(small)
    print("ATTEMPTED 1,800,000 messages")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
