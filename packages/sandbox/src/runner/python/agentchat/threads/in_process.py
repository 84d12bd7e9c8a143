"""`multiprocessing` without processes: pools run their work in threads of this one, and share its memory."""

import errno
import queue
import sys
import threading
import types

from ..library import libraries
from . import shared_memory


def _named(name, module):
    """Has a class the name under which programs know it."""

    def name_it(kind):
        kind.__name__, kind.__qualname__, kind.__module__ = name, name, f"multiprocessing.{module}"
        return kind

    return name_it


class _Popen:
    """What a process object starts: nothing, since a program that asks for a process by name expects memory of its own."""

    method = "spawn"

    def __init__(self, process):
        raise PermissionError(
            errno.EPERM,
            f"Cannot start the process {process.name!r}: other processes do not exist here, and no option allows them; "
            "multiprocessing.Pool, ProcessPoolExecutor and threading.Thread do such work in this one",
        )


@_named("Queue", "queues")
class Queue(queue.Queue):
    """`multiprocessing.Queue` and its siblings."""

    _reader = _writer = None

    def close(self):
        pass

    join_thread = cancel_join_thread = close


class _Shared:
    """What `Value` and `Array` have in common: a lock."""

    def __init__(self, lock):
        self._lock = threading.RLock() if lock is True or lock is None else lock
        if self._lock:
            self.acquire, self.release = self._lock.acquire, self._lock.release

    def get_lock(self):
        return self._lock

    def get_obj(self):
        return self

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *exception):
        return self._lock.__exit__(*exception)


@_named("Synchronized", "sharedctypes")
class Value(_Shared):
    """`multiprocessing.Value`."""

    def __init__(self, typecode_or_type, *args, lock=True):
        super().__init__(lock)
        self.value = args[0] if args else b"\0" if typecode_or_type == "c" else 0.0 if typecode_or_type in ("d", "f") else 0

    def __repr__(self):
        return f"<Synchronized wrapper for {self.value!r}>"


@_named("SynchronizedArray", "sharedctypes")
class Array(_Shared, list):
    """`multiprocessing.Array`."""

    def __init__(self, typecode_or_type, size_or_initializer, *, lock=True):
        _Shared.__init__(self, lock)
        zero = 0.0 if typecode_or_type in ("d", "f") else 0
        list.__init__(self, [zero] * size_or_initializer if isinstance(size_or_initializer, int) else size_or_initializer)

    __hash__ = object.__hash__


@_named("SyncManager", "managers")
class _Manager:
    """`multiprocessing.Manager()`: its objects are ordinary ones."""

    dict, list, Value, Array, Queue, JoinableQueue = dict, list, Value, Array, Queue, Queue
    Namespace = types.SimpleNamespace
    Lock, RLock, Semaphore, BoundedSemaphore = (
        staticmethod(getattr(threading, name)) for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore")
    )
    Condition, Event, Barrier = threading.Condition, threading.Event, threading.Barrier

    def start(self, initializer=None, initargs=()):
        pass

    def shutdown(self):
        pass

    def Pool(self, *args, **kwargs):
        return _pool(self, *args, **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def _pool(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None):
    from multiprocessing.pool import ThreadPool

    return ThreadPool(processes, initializer, initargs)


def _pipe(self, duplex=True):
    from multiprocessing.dummy.connection import Pipe

    return Pipe(duplex)


def _change_context(module):
    """Each kind of context has these as methods, and the package has those of the usual one as functions."""
    base = module.BaseContext
    base.Manager = lambda self: _Manager()
    base.Pool, base.Pipe = _pool, _pipe
    for name in ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"):
        setattr(base, name, _made_by(getattr(threading, name)))
    for name, kind in (("Queue", Queue), ("JoinableQueue", Queue), ("SimpleQueue", Queue), ("Value", Value), ("Array", Array)):
        setattr(base, name, _made_by(kind))
    base.RawValue = lambda self, *args: Value(*args, lock=False)
    base.RawArray = lambda self, *args: Array(*args, lock=False)
    for context in (module.ForkContext, module.SpawnContext, module.ForkServerContext):
        context.Process._Popen = staticmethod(_Popen)
        context._check_available = lambda self: None


def _made_by(kind):
    return lambda self, *args, **kwargs: kind(*args, **kwargs)


def _change_pool(module):
    def wait_for_updates(sentinels, change_notifier, timeout=None):
        change_notifier.get()

    module.Pool._wait_for_updates = module.ThreadPool._wait_for_updates = staticmethod(wait_for_updates)


def _change_managers(module):
    module.SyncManager, module.SharedMemoryManager = _Manager, shared_memory.SharedMemoryManager


def _change_queues(module):
    module.Queue = module.JoinableQueue = module.SimpleQueue = Queue


def _change_executor(module):
    from concurrent.futures.thread import ThreadPoolExecutor

    class ProcessPoolExecutor(ThreadPoolExecutor):
        """`concurrent.futures.ProcessPoolExecutor`."""

        def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), *, max_tasks_per_child=None):
            super().__init__(max_workers, "", initializer, initargs)

    module.ProcessPoolExecutor = ProcessPoolExecutor


def install():
    # Parts of the package import it and use nothing of it.
    sys.modules["_multiprocessing"] = types.ModuleType("_multiprocessing")
    shared_memory.install()
    libraries.when_imported("multiprocessing.context", _change_context)
    libraries.when_imported("multiprocessing.pool", _change_pool)
    libraries.when_imported("multiprocessing.managers", _change_managers)
    libraries.when_imported("multiprocessing.queues", _change_queues)
    libraries.when_imported("concurrent.futures.process", _change_executor)
