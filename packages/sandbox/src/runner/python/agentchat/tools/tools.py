"""The host's functions that a program may call, each as a function of Python. The host checks and decides."""

import asyncio
import itertools
import json
import os

import agentchat_tools

from .. import host, json_text
from ..show import plain
from . import awaiting, signatures

# A call carries no more; the host may allow less.
MAX_BYTES = 262_144

# Of this run, by name, and how the host has described each.
functions = {}
_facts = {}
_numbers = itertools.count(1)


def begin(description, namespace):
    """A run begins. `description` is JSON text, or None where there are no tools."""
    if description is None and not functions:
        return
    offered = {} if description is None else {tool["name"]: tool for tool in json_text.loads(description)["tools"]}
    for name in [each for each in functions if _facts[each] != offered.get(each)]:
        _withdraw(name, namespace)
    for name, tool in offered.items():
        if name not in functions:
            functions[name], _facts[name] = _make(tool), tool
        # What an earlier cell of a session calls by such a name is the session's.
        namespace.setdefault(name, functions[name])
    if offered:
        namespace.setdefault("ToolError", agentchat_tools.ToolError)


def _withdraw(name, namespace):
    function = functions.pop(name)
    awaiting.forget(function)
    if namespace.get(name) is function:
        del namespace[name]


def _make(tool):
    name, max_bytes = tool["name"], tool["maxArgumentBytes"]
    order, required, signature = signatures.read(tool["parameters"])

    def call(*args, **kwargs):
        data = _encode(name, _arguments(name, order, required, args, kwargs), max_bytes)
        awaiting.given()
        return _call_now(name, data)

    async def later(*args, **kwargs):
        return await _call_later(name, _encode(name, _arguments(name, order, required, args, kwargs), max_bytes))

    for function in (call, later):
        function.__name__ = function.__qualname__ = name
        function.__module__ = "agentchat_tools"
        function.__doc__ = signatures.documentation(tool["description"], tool["parameters"], required)
        function.__signature__ = signature
        function.__annotations__ = signatures.annotations(signature)
    awaiting.register(call, later)
    return call


def _arguments(name, order, required, args, kwargs):
    if len(args) > len(order):
        raise TypeError(f"{name}() takes {len(order)} positional arguments but {len(args)} were given")
    values = dict(zip(order, args))
    for key in kwargs:
        if key in values:
            raise TypeError(f"{name}() got multiple values for argument {key!r}")
    values.update(kwargs)
    missing = [repr(each) for each in required if each not in values]
    if missing:
        raise TypeError(f"{name}() is missing {len(missing)} required arguments: {', '.join(missing)}")
    return values


def _encode(name, values, max_bytes):
    try:
        data = json.dumps(values, default=_plain, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError, plain.TooLarge) as error:
        kind = ValueError if isinstance(error, plain.TooLarge) else type(error)
        raise kind(f"{name}() takes only what JSON can hold: {error or 'it is too large'}") from None
    if len(data) > min(max_bytes, MAX_BYTES):
        raise agentchat_tools.ToolError(
            f'The arguments of "{name}" take {len(data)} bytes, at most {max_bytes} are allowed (maxToolArgumentBytes)'
        )
    return data


def _call_now(name, data):
    with _Result(*host.call("tool.call", data, tool=name)) as result:
        while result.unread:
            result.take(host.call("tool.read", **result.unread)[1])
        return result.value()


async def _call_later(name, data):
    number = next(_numbers)
    try:
        answer = await host.call_async("tool.call", data, tool=name, call=number)
    except asyncio.CancelledError:
        host.post("tool.give-up", call=number)
        raise
    with _Result(*answer) as result:
        while result.unread:
            result.take((await host.call_async("tool.read", **result.unread))[1])
        return result.value()


class _Result:
    """What a tool gave, as it comes in: JSON, or a file of the working folder."""

    def __init__(self, answer, piece):
        self._answer, self._size = answer, 0
        self._path, self._pieces, self._file = answer["file"], [], None
        if self._path is not None:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._file = open(self._path, "wb")
        try:
            self._add(piece)
        except BaseException:
            self.__exit__()
            raise

    @property
    def unread(self):
        """What to read next, or None."""
        more = self._size < self._answer["bytes"]
        return {"result": self._answer["result"], "at": self._size} if more else None

    def take(self, piece):
        if not piece:
            raise agentchat_tools.ToolError("the rest of the result is not there any more")
        self._add(piece)

    def _add(self, piece):
        self._size += len(piece)
        if self._file is None:
            self._pieces.append(piece)
        else:
            self._file.write(piece)

    def value(self):
        return json_text.loads(b"".join(self._pieces)) if self._path is None else self._path

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._file is not None:
            self._file.close()


def _plain(value):
    simpler = plain.simpler(value, MAX_BYTES)
    if simpler is plain.NOTHING:
        raise TypeError(f"{type(value).__name__} is not")
    return simpler
