"""Blocking waits that an interrupt can end.

Synchronous Python waits for a promise by leaving its stack (JSPI). While it waits no bytecode runs, so the
interpreter cannot be asked to raise KeyboardInterrupt: each waiting call is registered here and is woken instead.
"""

import asyncio
import operator
import sys
import time
import _thread

from pyodide import ffi, webloop
from pyodide.ffi import can_run_sync

waiters = []
# The event loop that is always there, on which cells await.
standing_loop = None
# Gives up all that the host was asked for by code that waits.
abandon_host = None
busy_sleep = webloop._orig_sleep
# The number of the thread in which a program begins.
MAIN_THREAD = _thread.get_ident()
_run_sync, _ensure_future = ffi.run_sync, asyncio.ensure_future
# Has another stack call what this one leaves.
go_on = None
# What is set in it is for everybody: Pyodide looks there.
_asyncio = vars(asyncio)


class _Wait:
    """One stack that waits for a future."""

    def __init__(self, future):
        self.future = future
        self.thread = _thread.get_ident()
        self.raised = None

    def interrupt(self, error=None):
        self.raised = error or KeyboardInterrupt()
        self.future.cancel()


def run_sync(awaitable):
    """Blocks until a future of the standing loop is done, or a promise of JavaScript: nothing of Python runs for that one,
    and no loop has to."""
    go_on()
    if not isinstance(awaitable, ffi.JsProxy):
        return _run_sync(awaitable)
    _asyncio["ensure_future"] = _as_it_is
    try:
        return _run_sync(awaitable)
    finally:
        if _asyncio.get("ensure_future") is _as_it_is:
            _asyncio["ensure_future"] = _ensure_future


def _as_it_is(promise):
    # Pyodide would make a task of it, on the loop that runs on this stack and cannot go on.
    _asyncio["ensure_future"] = _ensure_future
    return promise


def on_standing_loop(function, *args):
    """Calls a function of JavaScript whose promise becomes a future: one of the loop that goes on while this stack waits."""
    running = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(standing_loop)
    try:
        return function(*args)
    finally:
        asyncio.events._set_running_loop(running)


def wait_for(awaitable, context=None):
    """Blocks until `awaitable` is done; returns what it returns and raises what it raises."""
    outcome = []

    async def settle():
        try:
            outcome.append((await awaitable, None))
        except BaseException as error:
            outcome.append((None, error))

    task = standing_loop.create_task(settle(), context=context)
    wait = _Wait(task)
    waiters.append(wait)
    try:
        run_sync(task)
    except asyncio.CancelledError:
        # The task was cancelled before its first step.
        if wait.raised is None:
            raise
    finally:
        waiters.remove(wait)
        if not outcome and asyncio.iscoroutine(awaitable):
            # Nothing of it has run: without this it would be said to be forgotten.
            awaitable.close()
    value, error = outcome[0] if outcome else (None, None)
    if wait.raised is not None and (error is None or isinstance(error, asyncio.CancelledError)):
        trace = wait.raised.__traceback__ or getattr(error, "__traceback__", None)
        raise wait.raised.with_traceback(trace) from None
    if error is not None:
        raise error
    return value


def sleep(seconds):
    """time.sleep: lets other tasks of the event loop run meanwhile."""
    if not can_run_sync():
        return busy_sleep(seconds)
    if not isinstance(seconds, float):
        # Its error is that of C.
        seconds = operator.index(seconds)
    if seconds != seconds:
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    until = time.monotonic() + seconds
    wait_for(asyncio.sleep(seconds))
    # Timers of a few milliseconds come early.
    busy_sleep(max(0, until - time.monotonic()))


def run_sync_anywhere(awaitable):
    """`pyodide.ffi.run_sync`: the loop that runs on this stack cannot go on meanwhile, so the standing one does."""
    return run_sync(awaitable) if isinstance(awaitable, ffi.JsProxy) else wait_for(awaitable)


def raise_in_waiters():
    """Raises KeyboardInterrupt in every stack that waits."""
    for wait in list(waiters):
        wait.interrupt()
    if abandon_host is not None:
        abandon_host()


def exit_waiting_program(code):
    """A callback of the standing loop has called `sys.exit`, which ends what the main thread waits for in that loop."""
    for wait in reversed(waiters):
        if wait.thread == MAIN_THREAD:
            return wait.interrupt(sys.exception())


def install():
    """Puts these waits where programs look for them."""
    global standing_loop
    time.sleep = sleep
    ffi.run_sync = run_sync_anywhere
    standing_loop = asyncio.get_event_loop()
    standing_loop._keyboard_interrupt_handler = raise_in_waiters
    standing_loop._system_exit_handler = exit_waiting_program
