"""Threads, for programs that expect them: they take turns, see `turns`. What CPU they use, they use one after the other."""

import asyncio
import collections
import functools
import queue
import sys
import threading
import _queue
import _thread
import _threading_local

from pyodide.webloop import WebLoop

from ..library import libraries
from ..loops import waiting
from . import turns
from .locks import Lock, RLock, SimpleQueue

_C_LOCK = type(_thread.allocate_lock())
_handles = set()


class _Handle:
    """`_thread._ThreadHandle`: what `join()` waits for."""

    def __init__(self):
        self.ident = None
        self._done = False
        self._waiters = collections.deque()

    def is_done(self):
        return self._done

    def _set_done(self):
        self._done = True
        _handles.discard(self)
        while turns.wake(self._waiters):
            pass

    def join(self, timeout=None):
        if self.ident is None:
            raise RuntimeError("thread not started")
        if self._done:
            return
        if self.ident == turns.get_ident():
            raise RuntimeError("Cannot join current thread")
        turns.wait(self._waiters, -1 if timeout is None or timeout < 0 else timeout)


def _make_handle(ident):
    handle = _Handle()
    handle.ident = ident
    return handle


def start_joinable_thread(function, handle=None, daemon=True):
    handle = _Handle() if handle is None else handle
    if handle.ident is not None:
        raise RuntimeError("thread already started")

    def run():
        try:
            function()
        finally:
            handle._set_done()

    if not daemon:
        _handles.add(handle)
    # Set once more by what runs where nobody can wait.
    handle.ident = turns.begin(run)
    return handle


def start_new_thread(function, args, kwargs={}, /):
    if not callable(function):
        raise TypeError("first arg must be callable")

    def run():
        try:
            function(*args, **kwargs)
        except SystemExit:
            pass
        except KeyboardInterrupt:
            waiting.raise_in_waiters()
        except BaseException as error:
            error.add_note(f"It ended a thread that was started with {function!r}.")
            sys.excepthook(type(error), error, error.__traceback__)

    return turns.begin(run)


def join_all():
    """Waits for the threads that a program waits for before it ends."""
    while _handles:
        next(iter(_handles)).join()


def _make_invoke_excepthook(make):
    """A time limit ends the whole program, whichever thread has its turn."""

    @functools.wraps(make)
    def make_invoke_excepthook():
        invoke = make()

        def invoke_excepthook(thread):
            if sys.exc_info()[0] is KeyboardInterrupt:
                waiting.raise_in_waiters()
            else:
                invoke(thread)

        return invoke_excepthook

    return make_invoke_excepthook


def run_in_executor(self, executor, func, *args):
    """Of the event loop: without an executor, in a thread of its own, of which nothing is left afterwards."""
    if executor is not None:
        return asyncio.wrap_future(executor.submit(func, *args), loop=self)
    future = self.create_future()

    def run():
        try:
            value = func(*args)
        except BaseException as error:
            if isinstance(error, StopIteration):
                error = RuntimeError(f"{func!r} raised StopIteration")
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(value)

    threading.Thread(target=run, name="asyncio_0", daemon=True).start()
    return future


def _change_tqdm(module):
    """Its thread looks every ten seconds whether a bar stands still: a session could not be kept meanwhile."""
    module.tqdm.monitor_interval = 0


def install():
    """Puts them where programs and the standard library look for threads."""
    turns.install()
    _thread.get_ident = threading.get_ident = turns.get_ident
    _thread.start_new_thread = _thread.start_new = start_new_thread
    _thread.start_joinable_thread = threading._start_joinable_thread = start_joinable_thread
    _thread._ThreadHandle = threading._ThreadHandle = _Handle
    _thread._make_thread_handle = threading._make_thread_handle = _make_handle
    _thread._shutdown = threading._thread_shutdown = join_all
    _thread.lock = _thread.LockType = _thread.allocate_lock = _thread.allocate = Lock
    threading.Lock = threading._LockType = threading._allocate_lock = Lock
    threading._CRLock = RLock
    threading.local = _threading_local.local
    threading._make_invoke_excepthook = _make_invoke_excepthook(threading._make_invoke_excepthook)
    threading._main_thread._os_thread_handle = _make_handle(turns.get_ident())
    _queue.SimpleQueue = queue.SimpleQueue = SimpleQueue
    WebLoop.run_in_executor = run_in_executor
    libraries.when_imported("tqdm.std", _change_tqdm)
    # Those that modules have made until now, and that nobody holds.
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if type(value) is _C_LOCK:
                setattr(module, name, Lock())
