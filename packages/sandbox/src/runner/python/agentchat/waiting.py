"""Blocking waits that an interrupt can end.

Synchronous Python waits for a promise by leaving its stack (JSPI). While it waits no bytecode runs, so the
interpreter cannot be asked to raise KeyboardInterrupt: whoever waits is registered here and is woken instead.
"""

import asyncio
import time

from pyodide.ffi import can_run_sync, run_sync
from pyodide.webloop import WebLoop

waiters = []
# Gives up all that the host was asked for by code that waits.
abandon_host = None
_busy_sleep = time.sleep


class _Wait:
    """One stack that waits for a future."""

    def __init__(self, future):
        self.future = future
        self.interrupted = False

    def interrupt(self):
        self.interrupted = True
        self.future.cancel()


def wait_for(awaitable, context=None):
    """Blocks until `awaitable` is done; returns what it returns and raises what it raises."""
    outcome = []

    async def settle():
        try:
            outcome.append((await awaitable, None))
        except BaseException as error:
            outcome.append((None, error))

    task = asyncio.get_event_loop().create_task(settle(), context=context)
    wait = _Wait(task)
    waiters.append(wait)
    try:
        run_sync(task)
    except asyncio.CancelledError:
        # The task was cancelled before its first step.
        if not wait.interrupted:
            raise
    finally:
        waiters.remove(wait)
    value, error = outcome[0] if outcome else (None, None)
    if wait.interrupted and (error is None or isinstance(error, asyncio.CancelledError)):
        raise KeyboardInterrupt().with_traceback(getattr(error, "__traceback__", None)) from None
    if error is not None:
        raise error
    return value


def sleep(seconds):
    """time.sleep: lets other tasks of the event loop run meanwhile."""
    if not can_run_sync():
        return _busy_sleep(seconds)
    if seconds != seconds:
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    wait_for(asyncio.sleep(seconds))
    return None


def run(main, *, debug=None, loop_factory=None):
    """asyncio.run: on the one event loop that there is, also where one is running already."""
    if not asyncio.iscoroutine(main) and not hasattr(main, "__await__"):
        raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
    return wait_for(main)


def raise_in_waiters():
    """Raises KeyboardInterrupt in every stack that waits."""
    for wait in list(waiters):
        wait.interrupt()
    if abandon_host is not None:
        abandon_host()


def install():
    """Puts these waits where programs look for them."""
    time.sleep = sleep
    asyncio.run = run
    WebLoop.run_until_complete = lambda self, future: wait_for(future)
    loop = asyncio.get_event_loop()
    loop._keyboard_interrupt_handler = raise_in_waiters
