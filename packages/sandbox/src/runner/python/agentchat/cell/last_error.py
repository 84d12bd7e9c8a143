"""`sys.last_exc` and its siblings: the exception that ended a program or a cell, as Python has it for those who look later."""

import os
import sys

import _pyodide
import pyodide

from . import leftovers

_RUNNER = (__file__.removesuffix("cell/last_error.py"), *(os.path.dirname(each.__file__) for each in (pyodide, _pyodide)))
_MOST_CAUSES = 100


def keep(error):
    """For `traceback.print_last()` and `pdb.pm()` in the next cell, and for what runs at the end of this program."""
    sys.last_exc = sys.last_value = error
    sys.last_type, sys.last_traceback = type(error), error.__traceback__


def let_go_of_frames(error):
    """Clears frames of an exception, which is told. Those of the runner hold what no session can keep, and go. The program's own
    stay, unless they may hold what ran into a limit, or a connection; their lines stay in any case."""
    try:
        _let_go_of_frames(error)
    except Exception:
        # The program has taken apart what this needs, or the exception is one that raises another.
        pass


def _let_go_of_frames(error):
    is_limit = not isinstance(error, Exception) or isinstance(error, MemoryError)
    all_of_them = is_limit or leftovers.holds_of_host()
    seen = set()
    waiting = [error]
    while waiting and len(seen) < _MOST_CAUSES:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        waiting += each.__cause__, each.__context__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())
        _cut(each.__traceback__, all_of_them)


def _cut(trace, all_of_them):
    shown = None
    while trace is not None:
        is_ours = trace.tb_frame.f_code.co_filename.startswith(_RUNNER)
        if is_ours or all_of_them:
            _clear(trace.tb_frame)
        if not is_ours:
            shown = trace
        elif shown is not None:
            shown.tb_next = trace.tb_next
        trace = trace.tb_next


def _clear(frame):
    try:
        frame.clear()
    except RuntimeError:
        # It runs, or waits.
        pass


def empty():
    """At the very end of a program, as of all others that are deleted then."""
    sys.last_exc = sys.last_type = sys.last_value = sys.last_traceback = None


def forget():
    """A new program begins, which has seen none."""
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)
