"""Signals as Linux has them: no program catches or ignores those that end it for certain."""

import errno
import os
import signal
import _signal

_FOR_CERTAIN = {signal.SIGKILL, signal.SIGSTOP}
_set = _signal.signal


def _signal_of_linux(signalnum, handler, /):
    """Set the action for the given signal."""
    if signalnum in _FOR_CERTAIN:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return _set(signalnum, handler)


def install():
    _signal_of_linux.__name__ = _signal_of_linux.__qualname__ = "signal"
    _signal_of_linux.__module__ = "signal"
    _signal.signal = _signal_of_linux
