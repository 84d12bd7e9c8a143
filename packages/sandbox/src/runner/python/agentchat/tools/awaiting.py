"""What a cell calls where it awaits: a tool is awaited there, or gathered, and gives its value at once elsewhere.

`await_calls` rewrites a cell so that it asks here. Everything that is no tool passes as it is.
"""

import asyncio
import builtins
import contextvars
import functools
import inspect
import types

from pyodide.webloop import WebLoop

# The name by which cells find this module, whatever they define.
NAME = "__agentchat_awaiting__"

# By function: the same tool, as a coroutine function.
_forms = {}
_values = (dict, list, str, int, float, bool, type(None))
_not_sync = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# Has a tool given its value at once? Then such a value may be awaited.
_given = False


def register(function, form):
    """`form` is what `function` is where it is awaited."""
    _forms[function] = form


def forget(function):
    _forms.pop(function, None)


def given():
    """A tool has given its value at once."""
    global _given
    _given = True


def later(function):
    """What to call in place of `function` where what it gives is awaited."""
    if type(function) is types.FunctionType:
        form = _forms.get(function)
        if form is not None:
            return form
        if _forms and not function.__code__.co_flags & _not_sync:
            return functools.partial(_forward, function)
    elif type(function) is functools.partial and (form := later(function.func)) is not function.func:
        return functools.partial(form, *function.args, **function.keywords)
    return function


def _forward(function, /, *args, **kwargs):
    # Known by its frame: a tool that `function` returns at its end is then awaited as well.
    return function(*args, **kwargs)


def tail(function):
    """What to call in place of `function` where a function gives back what that gives."""
    form = _forms.get(function) if type(function) is types.FunctionType else None
    if form is None:
        return function
    caller = inspect.currentframe().f_back.f_back
    return form if caller is not None and caller.f_code is _forward.__code__ else function


def started(function):
    """The same where what it gives is kept and awaited later: the call is under way from now on."""
    form = later(function)
    if form is function:
        return function

    def start(*args, **kwargs):
        value = form(*args, **kwargs)
        return asyncio.ensure_future(value) if asyncio.iscoroutine(value) else value

    return start


def awaited(value):
    """What is awaited in place of `value`, which may be what a tool has given at once."""
    return _give(value) if _given and type(value) in _values else value


def all_awaited(values):
    """The same for each of `values`."""
    if not _given or isinstance(values, (str, bytes)):
        return values
    try:
        found = list(values)
    except TypeError:
        return values
    return [awaited(each) for each in found]


def coroutine(value):
    """The same where only a coroutine will do."""
    value = awaited(value)
    return _wait(value) if isinstance(value, asyncio.Future) else value


async def _give(value):
    return value


async def _wait(future):
    return await future


def _in_thread(function):
    """The tool that is to be called in a thread, as `asyncio.to_thread` and executors are given it, to be awaited."""
    if type(function) is functools.partial and function.args:
        owner = getattr(function.func, "__self__", None)
        if type(owner) is contextvars.Context:
            form = _forms.get(function.args[0]) if type(function.args[0]) is types.FunctionType else None
            return form and functools.partial(form, *function.args[1:], **function.keywords)
    form = later(function)
    return None if form is function or getattr(form, "func", None) is _forward else form


def install():
    """Lets cells find this module, and tools run side by side where a program has a thread for each."""
    import sys

    setattr(builtins, NAME, sys.modules[__name__])
    for kind in (WebLoop, asyncio.BaseEventLoop):
        kind.run_in_executor = _with_tools(kind.run_in_executor)


def _with_tools(run_in_executor):
    @functools.wraps(run_in_executor)
    def run(self, executor, func, *args):
        form = _in_thread(func)
        return run_in_executor(self, executor, func, *args) if form is None else self.create_task(form(*args))

    return run
