"""`sys.stdin`, `sys.stdout` and `sys.stderr`, as each run finds them."""

import io
import sys

_OUTPUTS = (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace"))
# Made before it is needed: opening it takes a fifth of what a small cell takes.
_spare_stdin = None
# In the place of one that the program has deleted.
_gone = io.StringIO()
_gone.close()


def install():
    for name, descriptor, errors in _OUTPUTS:
        _replace(name, _writer(name, descriptor, errors))


def prepare():
    """Another run will come."""
    global _spare_stdin
    _spare_stdin = _reader()


def begin():
    """A run begins: what an earlier one has closed is open again, what it has put in the place of a stream stays there."""
    global _spare_stdin
    _replace("stdin", _spare_stdin or _reader())
    _spare_stdin = None
    for name, descriptor, errors in _OUTPUTS:
        original = f"__{name}__"
        if _is_closed(getattr(sys, original, _gone)):
            setattr(sys, original, _writer(name, descriptor, errors))
        if _is_closed(getattr(sys, name, _gone)):
            setattr(sys, name, getattr(sys, original))


def _replace(name, stream):
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _writer(name, descriptor, errors):
    # As `python -u` does it: nothing is held back, so nothing is lost when the process is killed.
    raw = io.FileIO(descriptor, "w", closefd=False)
    raw.name = f"<{name}>"
    return _with_mode(io.TextIOWrapper(raw, encoding="utf-8", errors=errors, newline="\n", write_through=True), "w")


def _reader():
    raw = io.FileIO(0, closefd=False)
    raw.name = "<stdin>"
    return _with_mode(io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8"), "r")


def _with_mode(stream, mode):
    stream.mode = mode
    return stream


def _is_closed(stream):
    try:
        return stream is not None and stream.closed
    except ValueError:
        # It was detached.
        return True
    except AttributeError:
        return False
