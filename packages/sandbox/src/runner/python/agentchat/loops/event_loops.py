"""Event loops that a program makes: `asyncio.run`, `asyncio.Runner`, `asyncio.new_event_loop`.

Each runs on the stack of who runs it. While it has nothing to do that stack waits, and the standing loop, on which cells
await, goes on. So one runs beside `await` at the top level, in a thread, and within another one.
"""

import asyncio
import contextlib
import functools
import inspect
import signal
from asyncio import base_events, events, runners, tasks, unix_events

from pyodide import webloop
from pyodide.webloop import WebLoop

from ..library import libraries
from . import loop_policy, loop_selector, ready, waiting

# What a loop leaves to the one of the host, whose functions ask only for tasks and callbacks of theirs.
_OF_HOST = (
    *("create_connection", "start_tls", "sock_connect", "sock_recv", "sock_recv_into", "sock_sendall", "getaddrinfo"),
    *("subprocess_exec", "subprocess_shell"),
)
_MECHANISM = (__file__, base_events.__file__, events.__file__, webloop.__file__, ready.__file__)
_raise_interrupt = signal.default_int_handler


class Loop(base_events.BaseEventLoop):
    """What `asyncio.new_event_loop()` gives."""

    def __init__(self, selector=None):
        super().__init__()
        self._selector = loop_selector.Selector(self)
        # What `run_until_complete` waits for, the innermost last.
        self._awaited = []
        self._interrupted = False
        self._outer = self._outer_task = None
        self._signals = {}

    def run_until_complete(self, future):
        """As the standard library has it; where this loop runs on this stack already, it goes on here."""
        self._check_closed()
        is_nested = events._get_running_loop() is self
        if not is_nested:
            self._check_running()
        is_new = not asyncio.isfuture(future)
        future = asyncio.ensure_future(future, loop=self)
        if is_new:
            future._log_destroy_pending = False
        self._awaited.append(future)
        try:
            value = self._run_nested(future) if is_nested else super().run_until_complete(future)
        except BaseException as error:
            if is_new and future.done() and not future.cancelled():
                future.exception()
            if isinstance(error, asyncio.CancelledError) and self._take_interrupt():
                raise KeyboardInterrupt().with_traceback(error.__traceback__) from None
            raise
        finally:
            self._awaited.pop()
        if self._take_interrupt():
            raise KeyboardInterrupt
        return value

    def cancel_awaited(self):
        """An interrupt: cancels what is waited for; says whether there is something."""
        if not self._awaited or self._awaited[-1].done():
            return False
        self._interrupted = True
        self._awaited[-1].cancel()
        return True

    def _take_interrupt(self):
        interrupted, self._interrupted = self._interrupted, False
        return interrupted

    def _run_nested(self, future):
        task = tasks._swap_current_task(self, None)
        # What is ready now, the pass that we are in counts on.
        expected = len(self._ready)
        try:
            while not future.done() and not self._stopping:
                self._run_once()
        finally:
            tasks._swap_current_task(self, task)
            while len(self._ready) < expected:
                self._ready.append(_nothing(self))
        if not future.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return future.result()

    def _check_running(self):
        if self.is_running():
            raise RuntimeError("This event loop is already running")

    def _run_forever_setup(self):
        self._check_closed()
        self._check_running()
        self._outer = events._get_running_loop()
        if self._outer is not None:
            self._outer_task = tasks._swap_current_task(self._outer, None)
        super()._run_forever_setup()

    def _run_forever_cleanup(self):
        super()._run_forever_cleanup()
        if self._outer is not None:
            events._set_running_loop(self._outer)
            tasks._swap_current_task(self._outer, self._outer_task)
        self._outer = self._outer_task = None

    # What another stack gives it to do, the host's answers among them, it is woken for.

    def _call_soon(self, callback, args, context):
        handle = super()._call_soon(callback, args, context)
        self._selector.wake()
        return handle

    def call_at(self, when, callback, *args, context=None):
        handle = super().call_at(when, callback, *args, context=context)
        self._selector.wake()
        return handle

    def _write_to_self(self):
        self._selector.wake()

    def _process_events(self, event_list):
        pass

    def add_signal_handler(self, sig, callback, *args):
        """`signal.raise_signal` and `os.kill` of the own process reach it."""
        self._check_closed()
        previous = signal.signal(sig, lambda *_: self.call_soon_threadsafe(callback, *args))
        self._signals.setdefault(sig, previous)

    def remove_signal_handler(self, sig):
        if sig not in self._signals:
            return False
        signal.signal(sig, self._signals.pop(sig))
        return True

    def close(self):
        super().close()
        for sig in list(self._signals):
            self.remove_signal_handler(sig)


def _nothing(loop):
    handle = events.Handle(None, (), loop)
    handle.cancel()
    return handle


def run(main, *, debug=None, loop_factory=None):
    """`asyncio.run`. What belongs to a loop that runs already runs there."""
    if not inspect.isawaitable(main):
        raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
    running = events._get_running_loop()
    loop = main.get_loop() if asyncio.isfuture(main) else running
    if loop is waiting.standing_loop and asyncio.isfuture(main) or loop is running and isinstance(running, Loop):
        return loop.run_until_complete(_coroutine(main))
    with runners.Runner(debug=debug, loop_factory=loop_factory) as runner:
        return runner.run(main)


def create_task(coro, **kwargs):
    """`asyncio.create_task`. In a script no loop runs outside of `asyncio.run`; elsewhere that is an error, and the coroutine
    is lost. Here the task belongs to the standing loop, and is named at the end where nothing has awaited it."""
    loop = events._get_running_loop() or loop_policy.standing_here() or events.get_running_loop()
    return loop.create_task(coro, **kwargs)


@contextlib.contextmanager
def _beside_running_loop():
    """Nothing in it belongs to the loop that runs on this stack."""
    loop = events._get_running_loop()
    task = None if loop is None else tasks._swap_current_task(loop, None)
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(loop)
        if loop is not None:
            tasks._swap_current_task(loop, task)


def _beside(close):
    """`asyncio.Runner.close`, which gathers what is left in its loop."""

    @functools.wraps(close)
    def close_beside(self):
        with _beside_running_loop():
            close(self)

    return close_beside


def _run_in_runner(self, coro, *, context=None):
    """`asyncio.Runner.run`. The loop itself sees to interrupts, which a handler of signals would hold up."""
    if not inspect.isawaitable(coro):
        raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
    self._lazy_init()
    task = self._loop.create_task(_coroutine(coro), context=self._context if context is None else context)
    return self._loop.run_until_complete(task)


def _interrupt(signum, frame):
    """An interrupt raises KeyboardInterrupt in what the program does, and not in a loop that is taking up its next task,
    which would be lost: there, what the loop waits for is cancelled."""
    if frame.f_code.co_filename in _MECHANISM:
        loop = events._get_running_loop()
        if isinstance(loop, Loop) and loop.cancel_awaited():
            return
        if loop is waiting.standing_loop and waiting.waiters:
            waiting.raise_in_waiters()
            return
    _raise_interrupt(signum, frame)


def _coroutine(awaitable):
    async def wait():
        return await awaitable

    return awaitable if asyncio.iscoroutine(awaitable) else wait()


def install():
    """Puts these where programs look for them. Comes after what changes the loop of the host."""
    Loop.__name__ = Loop.__qualname__ = "_UnixSelectorEventLoop"
    Loop.__module__ = unix_events.__name__
    for name in _OF_HOST:
        setattr(Loop, name, getattr(WebLoop, name))
    asyncio.run = runners.run = run
    asyncio.create_task = tasks.create_task = create_task
    _interrupt.__name__ = _interrupt.__qualname__ = "default_int_handler"
    signal.default_int_handler = _interrupt
    signal.signal(signal.SIGINT, _interrupt)
    runners.Runner.run = _run_in_runner
    runners.Runner.close = _beside(runners.Runner.close)
    for module in (asyncio, unix_events):
        module.SelectorEventLoop = module.EventLoop = Loop
    unix_events._DefaultEventLoopPolicy = loop_policy.Policy
    loop_policy.Policy._loop_factory = Loop
    events._event_loop_policy = loop_policy.Policy()
    # Its changes are for loops that cannot run within one another.
    for name in ("nest_asyncio", "nest_asyncio2"):
        libraries.when_imported(name, lambda module: setattr(module, "apply", lambda loop=None: None))
