"""Locks for threads that take turns: who waits lets the others run."""

import collections
import queue
import time
import types

from . import turns

_MAX_SECONDS = 4_294_967.0
# In the place of an owner: no thread has this number.
_HANDED_OVER = -1


class Lock:
    """`threading.Lock`. It is handed to who has waited longest."""

    __slots__ = ("_held", "_waiters", "__weakref__")

    def __init__(self):
        self._held = False
        self._waiters = None

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            _check(blocking, timeout)
        if not self._held:
            self._held = True
            return True
        if not blocking or timeout == 0:
            return False
        if self._waiters is None:
            self._waiters = collections.deque()
        return turns.wait(self._waiters, timeout)

    def release(self):
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if not self._waiters or not turns.wake(self._waiters):
            self._held = False

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def _at_fork_reinit(self):
        self.__init__()

    def __repr__(self):
        return f"<{'locked' if self._held else 'unlocked'} _thread.lock object at {id(self):#x}>"

    def __reduce__(self):
        raise TypeError("cannot pickle '_thread.lock' object")


class RLock:
    """`threading.RLock`."""

    def __init__(self):
        self._owner = None
        self._count = 0
        self._waiters = collections.deque()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            _check(blocking, timeout)
        me = turns.get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if self._owner is not None:
            if not blocking or timeout == 0 or not turns.wait(self._waiters, timeout):
                return False
        self._owner, self._count = me, 1
        return True

    def release(self):
        if self._owner != turns.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._hand_over()

    def _hand_over(self):
        # Until the next owner has its turn, nobody is given what is its.
        self._owner = _HANDED_OVER if turns.wake(self._waiters) else None

    def locked(self):
        return self._owner is not None

    __enter__ = acquire

    def __exit__(self, *_):
        self.release()

    # What `threading.Condition` asks for.

    def _is_owned(self):
        return self._owner == turns.get_ident()

    def _recursion_count(self):
        return self._count if self._is_owned() else 0

    def _release_save(self):
        if self._owner is None:
            raise RuntimeError("cannot release un-acquired lock")
        saved, self._count = (self._count, self._owner), 0
        self._hand_over()
        return saved

    def _acquire_restore(self, saved):
        self.acquire()
        self._count, self._owner = saved

    def _at_fork_reinit(self):
        self.__init__()

    def __repr__(self):
        state = "unlocked" if self._owner is None else "locked"
        return f"<{state} _thread.RLock object owner={self._owner or 0} count={self._count} at {id(self):#x}>"

    def __reduce__(self):
        raise TypeError("cannot pickle '_thread.RLock' object")


class SimpleQueue:
    """`queue.SimpleQueue`."""

    def __init__(self):
        self._items = collections.deque()
        self._waiters = collections.deque()

    def put(self, item, block=True, timeout=None):
        self._items.append(item)
        turns.wake(self._waiters)

    def get(self, block=True, timeout=None):
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        until = None if timeout is None else time.monotonic() + timeout
        while not self._items:
            left = -1 if until is None else max(0, until - time.monotonic())
            if not block or left == 0:
                raise queue.Empty
            turns.wait(self._waiters, left)
        return self._items.popleft()

    def put_nowait(self, item):
        self.put(item)

    def get_nowait(self):
        return self.get(False)

    def empty(self):
        return not self._items

    def qsize(self):
        return len(self._items)

    __class_getitem__ = classmethod(types.GenericAlias)


for kind, name, module in ((Lock, "lock", "_thread"), (RLock, "RLock", "_thread"), (SimpleQueue, "SimpleQueue", "_queue")):
    kind.__name__ = kind.__qualname__ = name
    kind.__module__ = module


def _check(blocking, timeout):
    if not blocking:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > _MAX_SECONDS:
        raise OverflowError("timeout value is too large")
