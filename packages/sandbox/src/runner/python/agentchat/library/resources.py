"""The module `resource`: what the process uses, and limits that programs set. Those hold nothing here: the host's do."""

import operator
import os
import sys
import time
import types

from .system import record

_INFINITY = -1
_LIMITS = "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME".split()
_SELF, _CHILDREN, _THREAD = 0, -1, 1
_FIELDS = (
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap ru_inblock ru_oublock "
    "ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw"
)
_Usage = record("struct_rusage", _FIELDS, "resource")
_heap_bytes = None
# By number: the soft and the hard one. As on a machine on which nobody has set any.
_limits = {number: (_INFINITY, _INFINITY) for number in range(len(_LIMITS))}
_limits[_LIMITS.index("STACK")] = (8 * 2**20, _INFINITY)
_limits[_LIMITS.index("CORE")] = (0, _INFINITY)
_limits[_LIMITS.index("NOFILE")] = (1024, 4096)


def connect(heap_bytes):
    """A worker has come up: `heap_bytes` is the size of the interpreter's memory, which never shrinks."""
    global _heap_bytes
    _heap_bytes = heap_bytes


def getrusage(who, /):
    """Resources that the process has used. It has no children, and all time is the user's."""
    who = operator.index(who)
    if who not in (_SELF, _CHILDREN, _THREAD):
        raise ValueError("invalid who parameter")
    if who == _CHILDREN:
        return _Usage((0.0, 0.0, *(0,) * 14))
    return _Usage((time.process_time(), 0.0, _heap_bytes() // 1024, *(0,) * 13))


def getrlimit(resource, /):
    """The soft and the hard limit of a resource."""
    return _limits[_known(resource)]


def setrlimit(resource, limits, /):
    """Sets the limits of a resource. They are remembered, and hold nothing."""
    known = _known(resource)
    given = tuple(limits)
    if len(given) != 2:
        raise ValueError("expected a tuple of 2 integers")
    soft, hard = map(operator.index, given)
    if _above(soft, hard):
        raise ValueError("current limit exceeds maximum limit")
    if _above(hard, _limits[known][1]):
        raise ValueError("not allowed to raise maximum limit")
    _limits[known] = soft, hard


def prlimit(pid, resource, limits=None, /):
    """The limits of this process, before they are set anew."""
    if pid not in (0, os.getpid()):
        raise ProcessLookupError(3, os.strerror(3))
    before = getrlimit(resource)
    if limits is not None:
        setrlimit(resource, limits)
    return before


def getpagesize():
    """Bytes of a page of memory."""
    return os.sysconf("SC_PAGE_SIZE")


def _known(resource):
    number = operator.index(resource)
    if number not in _limits:
        raise ValueError("invalid resource specified")
    return number


def _above(limit, other):
    return other != _INFINITY and (limit == _INFINITY or limit > other)


def install():
    module = types.ModuleType("resource", "What the process uses, and its limits.")
    for function in (getrusage, getrlimit, setrlimit, prlimit, getpagesize):
        function.__module__ = "resource"
        setattr(module, function.__name__, function)
    for number, name in enumerate(_LIMITS):
        setattr(module, f"RLIMIT_{name}", number)
    # An older name, and no limit that a program of Linux knows by another one.
    module.RLIMIT_OFILE = module.RLIMIT_NOFILE
    del module.RLIMIT_LOCKS
    module.RLIM_INFINITY = _INFINITY
    module.RUSAGE_SELF, module.RUSAGE_CHILDREN, module.RUSAGE_THREAD = _SELF, _CHILDREN, _THREAD
    module.struct_rusage, module.error = _Usage, OSError
    sys.modules["resource"] = module
