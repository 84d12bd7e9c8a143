"""`multiprocessing` without processes: what would run in others runs in threads of this one, and shares its memory."""

import itertools
import queue
import sys
import threading
import traceback
import types

from . import libraries

_numbers = itertools.count(1001)


class _Popen:
    """What a process object starts: a thread, with an end and an exit code as a process has them."""

    method = "spawn"

    def __init__(self, process):
        self.pid = self.sentinel = next(_numbers)
        self.returncode = None
        self._thread = threading.Thread(target=self._run, args=(process,), name=process.name, daemon=True)
        self._thread.process = process
        process._popen = self
        self._thread.start()

    def _run(self, process):
        code = 1
        try:
            process.run()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
            if code == 1 and error.code != 1:
                print(error.code, file=sys.stderr)
        except KeyboardInterrupt:
            raise
        except BaseException:
            print(f"Process {process.name}:", file=sys.stderr)
            traceback.print_exc()
        if self.returncode is None:
            self.returncode = code

    def poll(self, flag=None):
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            self._thread.join(timeout)
        return self.returncode

    def terminate(self):
        """Nobody waits for it any more. It is not stopped: nothing can stop a thread."""
        if self.returncode is None:
            self.returncode = -15

    def kill(self):
        if self.returncode is None:
            self.returncode = -9

    interrupt = terminate

    def close(self):
        pass


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


class Value(_Shared):
    """`multiprocessing.Value`."""

    def __init__(self, typecode_or_type, *args, lock=True):
        super().__init__(lock)
        self.value = args[0] if args else b"\0" if typecode_or_type == "c" else 0.0 if typecode_or_type in ("d", "f") else 0

    def __repr__(self):
        return f"<Synchronized wrapper for {self.value!r}>"


class Array(_Shared, list):
    """`multiprocessing.Array`."""

    def __init__(self, typecode_or_type, size_or_initializer, *, lock=True):
        _Shared.__init__(self, lock)
        zero = 0.0 if typecode_or_type in ("d", "f") else 0
        list.__init__(self, [zero] * size_or_initializer if isinstance(size_or_initializer, int) else size_or_initializer)

    __hash__ = object.__hash__


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


def _change_process(module):
    main = module._current_process

    def current_process():
        return getattr(threading.current_thread(), "process", main)

    module.current_process = current_process


def _change_context(module):
    """Each kind of context has these as methods, and the package has those of the usual one as functions."""
    base = module.BaseContext
    base.current_process = staticmethod(module.process.current_process)
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
    module.SyncManager = _Manager


def _change_queues(module):
    module.Queue = module.JoinableQueue = module.SimpleQueue = Queue


def _change_executor(module):
    from concurrent.futures.thread import ThreadPoolExecutor

    class ProcessPoolExecutor(ThreadPoolExecutor):
        """`concurrent.futures.ProcessPoolExecutor`."""

        def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), *, max_tasks_per_child=None):
            super().__init__(max_workers, "", initializer, initargs)

    ProcessPoolExecutor.__module__ = module.__name__
    module.ProcessPoolExecutor = ProcessPoolExecutor


def install():
    # Parts of the package import it and use nothing of it.
    sys.modules["_multiprocessing"] = types.ModuleType("_multiprocessing")
    libraries.when_imported("multiprocessing.process", _change_process)
    libraries.when_imported("multiprocessing.context", _change_context)
    libraries.when_imported("multiprocessing.pool", _change_pool)
    libraries.when_imported("multiprocessing.managers", _change_managers)
    libraries.when_imported("multiprocessing.queues", _change_queues)
    libraries.when_imported("concurrent.futures.process", _change_executor)
