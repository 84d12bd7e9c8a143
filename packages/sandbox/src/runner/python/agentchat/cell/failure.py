"""Turns an exception into data, with the frames of the user's code only."""

import errno
import linecache
import sys
import traceback

from ..hints import choose
from ..show.value_text import shortened
from . import long_traces, source_file

MAX_MESSAGE = 10_000
MAX_TRACEBACK = 40_000
MAX_NAME = 200

_FRAMES_WITH_CARETS = 50
_RESERVE_BYTES = 1 << 21
_hidden = ("/lib/python", "<frozen ")
# Given up when there is no memory left, so that there is some to say so with. Its pages are never touched.
_reserve = bytearray(_RESERVE_BYTES)


def keep_reserve():
    """A run begins: an earlier one may have used up the memory that is kept for describing its failure."""
    global _reserve
    if _reserve is None:
        try:
            _reserve = bytearray(_RESERVE_BYTES)
        except MemoryError:
            pass


def describe(error, kind="exception"):
    """The fields of an execution error. Never raises, whatever the exception does."""
    global _reserve
    if isinstance(error, MemoryError):
        _reserve = None
    try:
        return _describe(error, kind)
    except BaseException:
        # The program has taken apart what describes it.
        return _described_plainly(error, kind)


def _described_plainly(error, kind):
    name = shortened(type(error).__name__, MAX_NAME)
    try:
        message, line, text = message_of(error), None, "Traceback (most recent call last):\n"
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if not code.co_filename.startswith(_hidden):
                text += f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}\n'
                line = trace.tb_lineno if code.co_filename == source_file.name else line
            trace = trace.tb_next
        return _fields(kind, name, message, f"{text}{name}: {message}\n", line)
    except BaseException as failure:
        return _fields(kind, name, f"<cannot describe the exception: {type(failure).__name__}>", "", None)


def _describe(error, kind):
    if isinstance(error, SyntaxError) and error.text is None and error.filename == source_file.name and error.lineno:
        # Errors of the compiler, unlike those of the parser, come without the line.
        error.text = linecache.getline(source_file.name, error.lineno)
    with long_traces.without_middle(error) as left_out:
        summary = traceback.TracebackException.from_exception(error, compact=True)
    _keep_user_frames(summary, set())
    name = shortened(type(error).__name__, MAX_NAME)
    if isinstance(error, SyntaxError):
        message = str(error.msg)
        line = error.lineno if error.filename == source_file.name else _last_line(summary)
    else:
        message = message_of(error)
        line = _last_line(summary)
    text = long_traces.counted("".join(summary.format()), left_out)
    if kind == "exception" and _is_refusal(error):
        kind = "permission"
    fields = _fields(kind, name, message, text, line if isinstance(line, int) and line > 0 else None)
    hint = choose.hint_for(error, message, source_file.name)
    return fields if hint is None else {**fields, "hint": hint}


def _is_refusal(error, depth=10):
    """Whether something was not granted. Libraries wrap the exception that says so into their own."""
    if isinstance(error, PermissionError):
        return error.errno == errno.EACCES
    if error is None or depth == 0:
        return False
    inner = (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args)
    return any(_is_refusal(each, depth - 1) for each in inner if isinstance(each, BaseException))


def _fields(kind, name, message, text, line):
    return {
        "kind": kind,
        "name": name,
        "message": shortened(message, MAX_MESSAGE),
        "traceback": shortened(text, MAX_TRACEBACK),
        "line": line,
    }


def trace_of_program(trace):
    """A traceback without what the runner and the library do before the program begins."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_hidden):
        trace = trace.tb_next
    return trace


def message_of(error):
    """The text of an exception, whatever the exception does."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        return f"<str() of the exception raised {type(failure).__name__}>"


def _keep_user_frames(summary, seen):
    """Drops the frames of the runner and of the library, also from causes, contexts and groups."""
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    summary.stack = traceback.StackSummary.from_list(
        [frame for frame in summary.stack if not frame.filename.startswith(_hidden)]
    )
    for frame in summary.stack[_FRAMES_WITH_CARETS:-_FRAMES_WITH_CARETS]:
        # Finding out where carets go means parsing the line: seconds for an endless recursion, of which few lines are shown.
        frame.colno = frame.end_colno = None
    for inner in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        _keep_user_frames(inner, seen)


def _last_line(summary):
    for frame in reversed(summary.stack):
        if frame.filename == source_file.name:
            return frame.lineno
    return None


def write_to_stderr(text):
    """What `sys.exit('text')` does with its text. A broken sys.stderr is the program's own doing."""
    try:
        sys.stderr.write(text)
    except Exception:
        pass
