"""What an event loop of a program waits with."""

import _thread
from time import monotonic

from pyodide.ffi import can_run_sync

from . import waiting

# Seconds that a loop which always has something to do keeps others from their turn.
_LONGEST_TURN = 0.01
# Given by the runner: what a stack waits for, by milliseconds.
_pause = None


class Selector:
    """It is woken when another stack gives it something to do."""

    # As others that wait have it.
    future = None

    def __init__(self, loop):
        self._loop = loop
        self._gave_way = monotonic()
        self._pause = None
        self._raised = None

    def select(self, timeout):
        """Waits for at most `timeout` seconds, or until it is woken. Below 0 and at 0, others have a turn now and then."""
        if timeout is not None and timeout <= 0 and monotonic() - self._gave_way < _LONGEST_TURN:
            return ()
        if not can_run_sync():
            if timeout is None:
                raise RuntimeError("Cannot wait here: JavaScript has called this function and wants its value now")
            waiting.busy_sleep(max(0, timeout))
            return ()
        self.thread = _thread.get_ident()
        self._pause = _pause(-1 if timeout is None else max(0, timeout) * 1000)
        waiting.waiters.append(self)
        try:
            waiting.run_sync(self._pause.promise)
        finally:
            waiting.waiters.remove(self)
            self._pause = None
            self._gave_way = monotonic()
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
        return ()

    def wake(self):
        if self._pause is not None:
            self._pause.wake()

    def interrupt(self, error=None):
        """What the program waits for is cancelled; where it runs for ever, it ends here, as it does with `error`."""
        if error is not None or not self._loop.cancel_awaited():
            self._raised = error or KeyboardInterrupt()
        self.wake()


def connect(pause):
    """A worker has come up: `pause` lets a stack wait."""
    global _pause
    _pause = pause
