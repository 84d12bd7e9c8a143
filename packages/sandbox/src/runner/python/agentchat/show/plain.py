"""What JSON can hold of a value, by what the value offers: one table, for results and for the arguments of tools."""

import enum
from collections.abc import Mapping, Sequence, Set, ValuesView

NOTHING = object()
"""A value offers nothing that is nearer to JSON."""

_LISTED = (Set, Sequence, ValuesView)
_BYTES = (bytes, bytearray, memoryview)


class TooLarge(Exception):
    """There is no room for so many values."""


def simpler(value, room):
    """
    Something that is nearer to JSON than `value`, which is no number, text, list or dictionary; or `NOTHING`. Runs code of
    the value, which may raise anything. Everything is looked for in its class: an object may answer to any name.
    @raise TooLarge: it has more parts than `room`
    """
    kind = type(value)
    if issubclass(kind, enum.Enum):
        return value.value
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in kind.__dataclass_fields__ if hasattr(value, name)}
    if hasattr(kind, "__attrs_attrs__"):
        return {field.name: getattr(value, field.name) for field in kind.__attrs_attrs__}
    for method in ("model_dump", "_asdict"):
        if hasattr(kind, method):
            return getattr(value, method)()
    if hasattr(kind, "__fields__") and hasattr(kind, "dict"):
        return value.dict()
    if hasattr(kind, "isoformat"):
        return value.isoformat()
    if hasattr(kind, "__fspath__"):
        return value.__fspath__()
    return _parts(value, kind, room)


def _parts(value, kind, room):
    size = getattr(value, "size", None) if hasattr(kind, "size") else None
    if type(size) is int and size > room:
        raise TooLarge
    # With its labels, where it has some: a table, or a column of one.
    for method in ("to_dict", "to_dicts", "tolist"):
        if hasattr(kind, method) and not issubclass(kind, _BYTES):
            return getattr(value, method)()
    if issubclass(kind, Mapping):
        return dict(value)
    if issubclass(kind, _LISTED) and not issubclass(kind, _BYTES):
        if len(value) > room:
            raise TooLarge
        return list(value)
    return NOTHING


def name_of(key):
    """A key of a dictionary as the name in JSON that stands for it, or None. Runs code of the key."""
    kind = type(key)
    if issubclass(kind, str):
        return str.__str__(key)
    if key is None or key is True or key is False:
        return {None: "null", True: "true", False: "false"}[key]
    if issubclass(kind, int):
        return int.__repr__(key)
    if issubclass(kind, float):
        return float.__repr__(key)
    if issubclass(kind, enum.Enum) or any(hasattr(kind, each) for each in ("isoformat", "__fspath__", "tolist")):
        inner = simpler(key, 1)
        return None if type(inner) is kind or issubclass(type(inner), (dict, list)) else name_of(inner)
    return None
