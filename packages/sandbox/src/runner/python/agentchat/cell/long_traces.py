"""Tracebacks of millions of entries, which a program gets that has raised its recursion limit: some seconds for each of them."""

import contextlib
import re

# At each end. Those of the usual limit stay whole.
_KEPT = 5_000
_MOST_CAUSES = 100
_REPEATED = re.compile(r"\[Previous line repeated (\d+) more times\]")


@contextlib.contextmanager
def without_middle(error):
    """Takes the middle out of the tracebacks of an exception and its causes for a while; gives how many entries that are."""
    cuts = []
    seen = set()
    waiting = [error]
    try:
        while waiting and len(seen) < _MOST_CAUSES:
            each = waiting.pop()
            if each is None or id(each) in seen:
                continue
            seen.add(id(each))
            waiting += each.__cause__, each.__context__
            cut = _cut(each.__traceback__)
            if cut is not None:
                cuts.append(cut)
        yield sum(count for _, _, count in cuts)
    finally:
        for trace, following, _ in cuts:
            trace.tb_next = following


def _cut(trace):
    length, last = 0, None
    while trace is not None:
        length += 1
        if length == _KEPT:
            last = trace
        trace = trace.tb_next
    left_out = length - 2 * _KEPT
    if left_out <= 0:
        return None
    following = trace = last.tb_next
    for _ in range(left_out):
        trace = trace.tb_next
    last.tb_next = trace
    return last, following, left_out


def counted(text, left_out):
    """The text of a traceback, in which what was left out counts as repeated, where that is what it was."""

    def more(match):
        count = int(match[1])
        return f"[Previous line repeated {count + left_out if count >= _KEPT else count} more times]"

    return _REPEATED.sub(more, text, count=1) if left_out else text
