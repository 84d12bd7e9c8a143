"""Which event loop `asyncio.get_event_loop` finds."""

import asyncio
import threading
from asyncio import events

from ..threads import turns
from . import waiting


class Policy(events._AbstractEventLoopPolicy):
    """Who sets no loop has the standing one; threads have none."""

    _loop_factory = None

    def __init__(self):
        # Asked for at each cell, whatever the program has done to `threading`.
        self._main = None
        # Does the loop that is always there count as running, as in a notebook? In a script none runs.
        self.in_loop = True
        self._local = threading.local()

    def get_event_loop(self):
        loop = self.own()
        if loop is None and threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"There is no current event loop in thread {threading.current_thread().name!r}.")
        return loop or waiting.standing_loop

    def own(self):
        """The one that was set in this thread, or None."""
        return self._main if turns.get_ident() == waiting.MAIN_THREAD else getattr(self._local, "loop", None)

    def set_event_loop(self, loop):
        if loop is not None and not isinstance(loop, asyncio.AbstractEventLoop):
            raise TypeError(f"loop must be an instance of AbstractEventLoop or None, not '{type(loop).__name__}'")
        own = None if loop is waiting.standing_loop else loop
        if turns.get_ident() == waiting.MAIN_THREAD:
            self._main = own
        else:
            self._local.loop = own
        running = events._get_running_loop()
        if running in (None, waiting.standing_loop) and (running is None or asyncio.current_task(running) is None):
            self.choose()

    def choose(self):
        """Outside of tasks, the loop that was set is the one to be found, and else the standing one."""
        if turns.get_ident() == waiting.MAIN_THREAD:
            stands = self.in_loop and self.own() is None
            events._set_running_loop(waiting.standing_loop if stands else None)

    def new_event_loop(self):
        return self._loop_factory()


def standing_here():
    """The standing loop, where the program has set none in its place and no thread of its own asks; else None."""
    policy = events._event_loop_policy
    is_main = turns.get_ident() == waiting.MAIN_THREAD
    return waiting.standing_loop if is_main and isinstance(policy, Policy) and policy.own() is None else None


def begin(in_loop):
    """A cell begins, on a stack of its own: `in_loop` when it awaits at its top level, or a later one may."""
    waiting.standing_loop.is_closed_by_program = False
    policy = events._event_loop_policy
    if isinstance(policy, Policy):
        policy.in_loop = in_loop
        policy.choose()


