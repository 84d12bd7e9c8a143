# id: rec-parser-nesting
# category: recursion
# goal: overflow the parser with nested brackets
# success-if: the host crashes or hangs, result.status is success, or the next execution fails; expected: RecursionError or a clean 'crashed' error
# verdict: harness

eval("(" * 200000 + ")" * 200000)
