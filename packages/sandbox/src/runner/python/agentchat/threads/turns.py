"""Whose turn it is. Threads run one at a time, each on a stack of its own, until they wait or end: what waits lets the
event loop run, and with it the others."""

import asyncio
import itertools
import _thread

from pyodide.ffi import can_run_sync

from ..loops import waiting

DEADLOCK = "deadlock: every thread waits, and none is left that could wake another one"

_MAIN = waiting.MAIN_THREAD
_idents = itertools.count(_MAIN + 1)
_current = _MAIN
# The threads that have begun and not ended, by their idents, each with what it waits for without an end in time.
_alive = {_MAIN: []}


def get_ident():
    """The number of the thread whose turn it is."""
    return _current


def begin(function):
    """Has `function` called in a thread of its own, at the next turn of the event loop; gives the thread's ident."""
    ident = next(_idents)
    _alive[ident] = []
    if can_run_sync():
        waiting.standing_loop.call_soon(_run, ident, function)
    else:
        # Nobody can wait here, so what it does is done first.
        _run(ident, function)
    return ident


def _run(ident, function):
    global _current
    caller, _current = _current, ident
    running = asyncio.events._get_running_loop()
    # As elsewhere, no loop runs in a thread that runs none itself.
    asyncio.events._set_running_loop(None)
    try:
        function()
    finally:
        asyncio.events._set_running_loop(running)
        _current = caller
        del _alive[ident]
        _end_deadlock()


class _Wait:
    """A stack that waits for its turn; registered where an interrupt looks for it."""

    def __init__(self, future):
        self.future = future
        self.thread = _current
        self.raised = None

    def interrupt(self, error=None):
        self.raised = error or KeyboardInterrupt()
        if not self.future.done():
            self.future.set_exception(self.raised)


def wait(waiters, timeout):
    """Waits among `waiters` until `wake` chooses it or the time is over; says which. Below 0, the time has no end."""
    if not can_run_sync():
        if timeout >= 0:
            return False
        raise RuntimeError(DEADLOCK)
    loop = waiting.standing_loop
    future = loop.create_future()
    wait = _Wait(future)
    endless = _alive[_current] if timeout < 0 else []
    endless.append(future)
    waiters.append(future)
    waiting.waiters.append(wait)
    timer = None if timeout < 0 else loop.call_later(timeout, time_is_over, future)
    try:
        _end_deadlock()
        value = waiting.run_sync(future)
        if wait.raised is not None:
            raise wait.raised
        return value
    finally:
        waiting.waiters.remove(wait)
        endless.remove(future)
        if timer is not None:
            timer.cancel()
        if future in waiters:
            waiters.remove(future)


def wake(waiters):
    """Wakes who has waited longest; says whether there was one."""
    while waiters:
        future = waiters.popleft()
        if not future.done():
            future.set_result(True)
            return True
    return False


def time_is_over(future):
    """Ends the waiting of a thread whose time has an end."""
    if not future.done():
        future.set_result(False)


def _end_deadlock():
    """When nobody can go on any more, the main thread fails in place of waiting for ever."""
    for futures in _alive.values():
        if all(future.done() for future in futures):
            return
    # A task that is not one of those that wait may wake somebody.
    if asyncio.all_tasks(waiting.standing_loop) <= {each.future for each in waiting.waiters}:
        for future in _alive[_MAIN]:
            if not future.done():
                future.set_exception(RuntimeError(DEADLOCK))


def others():
    """How many threads there are beside the main one."""
    return len(_alive) - 1


def _in_turns(run_sync):
    def run(awaitable):
        global _current
        own, _current = _current, _MAIN
        try:
            return run_sync(awaitable)
        finally:
            _current = own

    return run


def install():
    waiting.run_sync = _in_turns(waiting.run_sync)
