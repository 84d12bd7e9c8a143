"""The host's functions that a program may call, each as a function of Python. The host checks and decides."""

import inspect
import json
import keyword

import agentchat_tools

from . import host

# A call carries no more; the host may allow less.
MAX_BYTES = 262_144

functions = {}


def begin(description, namespace):
    """A run begins. `description` is JSON text, or None where there are no tools."""
    functions.clear()
    if description is None:
        return
    offered = json.loads(description)
    for tool in offered["tools"]:
        functions[tool["name"]] = _make(tool, offered["maxArgumentBytes"])
    # What an earlier cell of a session calls by such a name is the session's.
    for name, function in functions.items():
        namespace.setdefault(name, function)
    namespace.setdefault("ToolError", agentchat_tools.ToolError)


def _make(tool, max_bytes):
    name, schema = tool["name"], tool["parameters"]
    properties = schema.get("properties") or {}
    required = [each for each in properties if each in (schema.get("required") or ())]
    order = [*required, *(each for each in properties if each not in required)]

    def call(*args, **kwargs):
        return _call(name, _arguments(name, order, required, args, kwargs), max_bytes)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "agentchat_tools"
    call.__doc__ = _documentation(tool["description"], properties, required)
    call.__signature__ = _signature(properties, order, required, schema)
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


def _call(name, values, max_bytes):
    try:
        data = json.dumps(values, default=_plain, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise type(error)(f"{name}() takes only what JSON can hold: {error}") from None
    if len(data) > min(max_bytes, MAX_BYTES):
        raise agentchat_tools.ToolError(
            f'The arguments of "{name}" take {len(data)} bytes, at most {max_bytes} are allowed (maxToolArgumentBytes)'
        )
    answer, result = host.call("tool.call", data, tool=name)
    pieces, size = [result], len(result)
    while size < answer["bytes"]:
        _, piece = host.call("tool.read", at=size)
        pieces.append(piece)
        size += len(piece)
    return json.loads(b"".join(pieces))


def _plain(value):
    """Numbers and arrays of numpy as Python's own."""
    to_list = getattr(value, "tolist", None)
    if to_list is None:
        raise TypeError(f"{type(value).__name__} is not")
    return to_list()


def _documentation(description, properties, required):
    lines = []
    for name, schema in properties.items():
        facts = schema if isinstance(schema, dict) else {}
        kind = facts.get("type") or ("one of " + json.dumps(facts["enum"]) if "enum" in facts else "")
        notes = [str(kind)] if kind else []
        if name not in required:
            notes.append("optional")
        about = f" ({', '.join(notes)})" if notes else ""
        text = f": {facts['description']}" if "description" in facts else ""
        lines.append(f"    {name}{about}{text}")
    return "\n".join([description, *(["", "Arguments:", *lines] if lines else [])]).strip()


def _default(schema, is_required):
    """What a signature shows: `...` for one that may be left out and says no more."""
    if is_required:
        return inspect.Parameter.empty
    return schema.get("default", ...) if isinstance(schema, dict) else ...


def _signature(properties, order, required, schema):
    parameters = [
        inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=_default(properties[each], each in required))
        for each in order
        if each.isidentifier() and not keyword.iskeyword(each)
    ]
    if schema.get("additionalProperties", True) is not False or len(parameters) < len(order):
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    try:
        return inspect.Signature(parameters)
    except ValueError:
        # A property that is called as the rest of them.
        return inspect.Signature([each for each in parameters if each.name != "kwargs"])
