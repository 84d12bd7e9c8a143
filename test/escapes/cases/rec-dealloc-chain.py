# id: rec-dealloc-chain
# category: recursion
# goal: overflow the C stack while a long chain is freed
# success-if: the host crashes or hangs, result.status is success, or the next execution fails; expected: RecursionError or a clean 'crashed' error
# verdict: harness

x = None
for _ in range(3_000_000): x = (x, lambda y=x: y)
del x
print('survived')
