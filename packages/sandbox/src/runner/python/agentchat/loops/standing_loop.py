"""The event loop on which cells await. It is always there: it runs while a stack waits, and between the cells of a session."""

import asyncio
import os
from asyncio import base_events, coroutines

from pyodide.webloop import PyodideFuture, PyodideTask, WebLoop

from ..cell import failure
from . import waiting

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_MOST_NAMED = 20
_MOST_TEXT = 500

# The stacks that run it "for ever", each with what it waits for.
_runs = []
_is_stopping = False


def run_until_complete(self, future):
    _check(self)
    return waiting.wait_for(future)


def run_forever(self):
    """Until `stop()`: what was scheduled before it comes first."""
    global _is_stopping
    _check(self)
    stopped = self.create_future()
    _runs.append(stopped)
    if _is_stopping:
        _is_stopping = False
        self.call_soon(stop, self)
    try:
        waiting.wait_for(stopped)
    finally:
        _runs.remove(stopped)


def stop(self):
    global _is_stopping
    running = [each for each in _runs if not each.done()]
    if running:
        running[-1].set_result(None)
    else:
        _is_stopping = True


def close(self):
    """For the program: what waits goes on, and the next cell finds it open."""
    if asyncio.current_task(self) is not None:
        raise RuntimeError("Cannot close a running event loop")
    self.is_closed_by_program = True


def _check(loop):
    if loop.is_closed_by_program:
        raise RuntimeError("Event loop is closed")


def end(interrupted=False):
    """The program has ended: the tasks that are left are named, cancelled and awaited, and generators are closed."""
    loop = waiting.standing_loop
    inner = {each.future for each in waiting.waiters}
    left = [task for task in asyncio.all_tasks(loop) if task not in inner and not _is_ours(task)]
    if left and not interrupted:
        _name(left)
    for task in left:
        task.cancel()
    if left:
        waiting.wait_for(asyncio.wait(left))
    for task in left:
        if not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler(
                {"message": "unhandled exception at the end of the program", "exception": task.exception(), "task": task}
            )
    if loop._asyncgens:
        waiting.wait_for(loop.shutdown_asyncgens())
        loop._asyncgens_shutdown_called = False


def _create_task(self, coro, **kwargs):
    if self._task_factory is not None:
        return self._task_factory(self, coro, **kwargs)
    return PyodideTask(coro, loop=self, **kwargs)


def _is_ours(task):
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.startswith(_PACKAGE)


def _name(left):
    lines = []
    for task in left[:_MOST_NAMED]:
        text = f"task: <Task pending name={task.get_name()!r} coro=<{coroutines._format_coroutine(task.get_coro())}>"
        lines += ["Task was destroyed but it is pending!", f"{text[:_MOST_TEXT]}>"]
    if len(left) > _MOST_NAMED:
        lines.append(f"{len(left) - _MOST_NAMED} more tasks were destroyed")
    failure.write_to_stderr("".join(f"{line}\n" for line in lines))


def install():
    WebLoop.is_closed_by_program = False
    WebLoop.run_until_complete, WebLoop.run_forever = run_until_complete, run_forever
    WebLoop.stop, WebLoop.close = stop, close
    PyodideTask.__name__ = PyodideTask.__qualname__ = "Task"
    PyodideFuture.__name__ = PyodideFuture.__qualname__ = "Future"
    # Exceptions that nobody retrieves are told as elsewhere: when their task goes.
    WebLoop.default_exception_handler = base_events.BaseEventLoop.default_exception_handler
    WebLoop.create_task = _create_task
    WebLoop.create_future = lambda self: PyodideFuture(loop=self)
    WebLoop.is_closed = lambda self: self.is_closed_by_program
