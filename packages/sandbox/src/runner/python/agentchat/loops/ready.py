"""What the standing loop calls at its next turn. One turn of the host's loop calls all that was ready before it, on one stack;
where one of them waits, the others go on, on a stack of their own."""

import asyncio
import collections

from pyodide.ffi import create_once_callable
from pyodide.webloop import WebLoop, scheduleCallback

from . import waiting

_handles = collections.deque()
# Is a turn to come that calls them?
_is_scheduled = False
_call_later = WebLoop.call_later


def count():
    """How many there are; a turn that has nothing to do any more counts too."""
    return len(_handles) or int(_is_scheduled)


def call_soon(self, callback, *args, context=None):
    """As in the standard library."""
    handle = asyncio.Handle(callback, args, self, context=context)
    _handles.append(handle)
    _schedule()
    return handle


def call_later(self, delay, callback, *args, context=None):
    """The same; what is due already is ready."""
    if delay > 0:
        return _call_later(self, delay, callback, *args, context=context)
    return call_soon(self, callback, *args, context=context)


def go_on():
    """This stack is about to wait: what is left to call, another one calls."""
    if _handles:
        _schedule()


def _schedule():
    global _is_scheduled
    if not _is_scheduled:
        _is_scheduled = True
        scheduleCallback(create_once_callable(_run, _may_syncify=True), 0)


def _run():
    global _is_scheduled
    _is_scheduled = False
    loop = waiting.standing_loop
    try:
        for _ in range(len(_handles)):
            # While one waited, another stack may have called the rest.
            if not _handles:
                break
            loop._install_running_loop()
            loop._install_asyncgen_hooks()
            _call(loop, _handles.popleft())
    finally:
        go_on()


def _call(loop, handle):
    if handle.cancelled():
        return
    try:
        handle._run()
    except SystemExit as end:
        loop._system_exit_handler(end.code)
    except KeyboardInterrupt:
        loop._keyboard_interrupt_handler()


def forget():
    """Nothing is called any more, and no turn is to come: a new program begins, or a worker has come up."""
    global _is_scheduled
    _handles.clear()
    _is_scheduled = False


def install():
    waiting.go_on = go_on
    WebLoop.call_soon, WebLoop.call_later = call_soon, call_later
