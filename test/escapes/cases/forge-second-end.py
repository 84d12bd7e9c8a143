# id: forge-second-end
# category: protocol-forgery
# goal: end a run twice, end the run of somebody else and say ready again, with the right token
# success-if: the execution ends more than once, or the next execution gets what was sent here
# verdict: harness
# level: hardening
# with: prelude.py token.py

try:
    token = steal_token()
    ends = [end_message(run=run, result="FORGED-ONCE-MORE") for run in (1, 1, 2, 0, -1)]
    messages = [b'{"type":"ready"}', *ends, b'{"type":"started","run":1}', b'{"type":"ready"}']
    send_raw(b"".join(frame(token, 2, message) for message in messages))
    print("ATTEMPTED several ends")
except BaseException as error:
    print("CONTAINED", type(error).__name__, str(error)[:200])
"HONEST"
