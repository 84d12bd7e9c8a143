# id: term-log-newlines
# category: terminal-injection
# goal: forge log lines with CR, LF, VT, NEL and LS
# success-if: a log line, terminal or rendered result of the host contains the raw control sequence or tag; the data API must keep it as data (escaped in JSON), logs must not be split or recoloured
# verdict: harness

raise Exception("oops\r\n2026-01-01T00:00:00Z INFO sandbox status=success user=admin\x0b\x85\u2028level=info msg=\"forged\"")
