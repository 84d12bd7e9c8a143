"""Functions of Linux that this Python was built without, and that programs call without asking first."""

import errno
import os
import threading
import time

from .system import USER

_clock_info = time.get_clock_info


def _refused(name):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), *args[:1])

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True):
    """Create a hard link to a file: there are none here, as on a disk of FAT."""
    try:
        os.stat(src)
    except OSError as error:
        error.filename2 = dst
        raise
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), src, None, dst)


def times():
    """Times of this process: it has no children, and all its time is the user's."""
    return os.times_result((time.process_time(), 0.0, 0.0, 0.0, time.monotonic()))


def _get_clock_info(name, /):
    """Information of the specified clock."""
    return _clock_info("process_time" if name == "thread_time" else name)


def getlogin():
    """The name of the user, as no terminal knows it here."""
    return USER


def install():
    # They are there, and give nothing but 0 and an error without a number.
    os.times = times
    os.getlogin = getlogin
    user, group = os.getuid(), os.getgid()
    names = {
        "link": link,
        "geteuid": lambda: user,
        "getegid": lambda: group,
        "getresuid": lambda: (user,) * 3,
        "getresgid": lambda: (group,) * 3,
        "getgroups": lambda: [group],
        "getrandom": lambda size, flags=0: os.urandom(size),
        "GRND_NONBLOCK": 1,
        "GRND_RANDOM": 2,
        "nice": lambda increment, /: 0,
        "sched_getaffinity": lambda pid, /: {0},
        **{name: _refused(name) for name in ("mkfifo", "mknod")},
    }
    for name, member in names.items():
        if not hasattr(os, name):
            setattr(os, name, member)
    if not hasattr(time, "thread_time"):
        # One thread runs at a time.
        time.thread_time, time.thread_time_ns = time.process_time, time.process_time_ns
        time.get_clock_info = _get_clock_info
    if not hasattr(threading, "get_native_id"):
        threading.get_native_id = threading.get_ident
        threading.Thread.native_id = property(lambda thread: thread.ident)
