# id: rec-ast-compile
# category: recursion
# goal: overflow the compiler with a long expression
# success-if: the host crashes or hangs, result.status is success, or the next execution fails; expected: RecursionError or a clean 'crashed' error
# verdict: harness

compile("+".join(["1"] * 400000), "x", "eval")
eval("-" * 300000 + "1")
