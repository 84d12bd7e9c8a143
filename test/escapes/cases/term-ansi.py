# id: term-ansi
# category: terminal-injection
# goal: send ANSI colours, cursor moves, screen clears and title changes to whoever shows the output
# success-if: a log line, terminal or rendered result of the host contains the raw control sequence or tag; the data API must keep it as data (escaped in JSON), logs must not be split or recoloured
# verdict: harness

print("\x1b[2J\x1b[H\x1b[31mroot# \x1b]0;owned\x07\x1b[8mhidden\x1b[0m \x9b31m")
