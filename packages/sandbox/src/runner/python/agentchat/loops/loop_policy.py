"""Which event loop `asyncio.get_event_loop` finds."""

import asyncio
import threading
from asyncio import events

from . import waiting


class Policy(events._AbstractEventLoopPolicy):
    """Who sets no loop has the standing one; threads have none."""

    _loop_factory = None

    def __init__(self):
        self._local = threading.local()

    def get_event_loop(self):
        loop = self.own()
        if loop is None and threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"There is no current event loop in thread {threading.current_thread().name!r}.")
        return loop or waiting.standing_loop

    def own(self):
        """The one that was set in this thread, or None."""
        return getattr(self._local, "loop", None)

    def set_event_loop(self, loop):
        if loop is not None and not isinstance(loop, asyncio.AbstractEventLoop):
            raise TypeError(f"loop must be an instance of AbstractEventLoop or None, not '{type(loop).__name__}'")
        self._local.loop = None if loop is waiting.standing_loop else loop
        running = events._get_running_loop()
        if running in (None, waiting.standing_loop) and (running is None or asyncio.current_task(running) is None):
            self.choose()

    def choose(self):
        """Outside of tasks, the loop that was set is the one to be found, and else the standing one."""
        if threading.current_thread() is threading.main_thread():
            events._set_running_loop(waiting.standing_loop if self.own() is None else None)

    def new_event_loop(self):
        return self._loop_factory()


def begin():
    """A cell begins, on a stack of its own."""
    waiting.standing_loop.is_closed_by_program = False
    policy = events._event_loop_policy
    if isinstance(policy, Policy):
        policy.choose()


