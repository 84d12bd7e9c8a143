"""`os.system`, `os.kill` and their like, for this process and the programs of the host that it has started."""

import errno
import operator
import os

from . import programs
from .popen import Popen

# What clears a screen, sets it up, or waits for a key: programs that begin with it go on where there is no screen.
_OF_SCREEN = frozenset(("", "clear", "cls", "cls||clear", "clear||cls", "reset", "color", "pause"))
_kill, _getpgid = os.kill, os.getpgid


def system(command):
    """Execute the command in a subshell: the status is as `os.wait` gives it."""
    command = os.fsdecode(command)
    try:
        code = Popen(command, shell=True).wait()
    except PermissionError:
        if command.replace(" ", "") not in _OF_SCREEN:
            raise
        return 0
    return _status(code)


def _status(code):
    return code << 8 if code >= 0 else -code


def _program(number):
    """The one of that number which somebody holds, or None."""
    return next((each for each in programs.in_use() if each.number == number), None)


def kill(pid, signal, /):
    """Kill a process with a signal."""
    pid, signal = operator.index(pid), operator.index(signal)
    program = None if pid == os.getpid() else _program(abs(pid))
    if program is None:
        if abs(pid) > 1 and abs(pid) != os.getpid():
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        return _kill(os.getpid() if abs(pid) != 1 else pid, signal)
    if signal != 0:
        program.send_signal(signal)


def killpg(pgid, signal, /):
    """Kill a process group with a signal. A program of the host leads one of its own."""
    kill(pgid, signal)


def getpgid(pid):
    """Call the system call getpgid(), and return the result."""
    if operator.index(pid) in (0, os.getpid()):
        return _getpgid(0)
    if _program(pid) is None:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    return pid


def waitpid(pid, options, /):
    """Wait for completion of a given child process: a program of the host."""
    program = _program(operator.index(pid))
    if program is None:
        raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
    code = program.wait(0 if options & os.WNOHANG else None)
    if code is None:
        return 0, 0
    return pid, _status(code)


def wait():
    """Wait for completion of a child process. Only one that is named can be waited for here."""
    raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))


def install():
    """Puts these where programs look for them."""
    for function in (system, kill, killpg, getpgid, waitpid, wait):
        setattr(os, function.__name__, function)
