"""Stacks as a program sees them in a script: what the runner does before and between is left out of `traceback`, `inspect`
and `warnings`."""

import inspect
import sys
import traceback
import warnings

_walk_stack = traceback.walk_stack
_showwarnmsg = warnings._showwarnmsg
_getouterframes = inspect.getouterframes
_runner = __file__.removesuffix("cell/stacks.py")


def _is_of_program(frame):
    return not frame.f_code.co_filename.startswith(_runner)


def walk_stack(f):
    """Walk a stack yielding the frame and line number for each frame.

    This will follow f.f_back from the given frame. If no frame is given, the
    current stack is used. Usually used with StackSummary.extract.
    """
    start = sys._getframe(1) if f is None else f
    return (entry for entry in _walk_stack(start) if _is_of_program(entry[0]))


def getouterframes(frame, context=1):
    """Get a list of records for a frame and all higher (calling) frames.

    Each record contains a frame object, filename, line number, function
    name, a list of lines of context, and index within the context."""
    return [record for record in _getouterframes(frame, context) if _is_of_program(record.frame)]


def _show_warning(message):
    """One that comes of no line of the program, as of a coroutine that goes with its end."""
    if message.filename.startswith(_runner):
        message.filename, message.lineno = "<sys>", 0
    _showwarnmsg(message)


def install():
    warnings._showwarnmsg = _show_warning
    traceback.walk_stack = walk_stack
    inspect.getouterframes = getouterframes
