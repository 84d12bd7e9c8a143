"""Hints for code that has run out of memory: what was biggest."""

import itertools
import sys

from .text import quoted, sized

_MAX_VARIABLES = 2000
_SAMPLE = 50
_WORTH_NAMING = 4 * 2**20
_PLAIN = (str, bytes, bytearray, int, float, complex, bool, type(None), range)
_CONTAINERS = (list, tuple, dict, set, frozenset)
_ADVICE = "Work on smaller pieces (a generator, chunks of the file), free what is no longer needed with `del`, or raise `memoryLimitMb`."


def of_memory(failure):
    biggest, size = None, 0
    seen = set()
    for name, value in _variables(failure):
        if id(value) in seen:
            continue
        seen.add(id(value))
        own = _size(value, 3)
        if own > size:
            biggest, size = (name, value), own
    if biggest is None or size < _WORTH_NAMING:
        line = failure.line_text()
        asked = f" by {quoted(line)}" if line else ""
        return f"More memory was asked for{asked} than there is, and no variable held much before. {_ADVICE}"
    name, value = biggest
    count = f" of {len(value)} items" if _is_one_of(type(value), _CONTAINERS) else ""
    return f"The biggest variable was {quoted(name)}, a {type(value).__name__}{count} of about {sized(size)}. {_ADVICE}"


def of_size(failure):
    if "index-sized integer" not in failure.message:
        return None
    return f"This Python has 32 bits: nothing is larger than 2 GiB or has more than 2**31 - 1 items. {_ADVICE}"


def _variables(failure):
    left = _MAX_VARIABLES
    seen = set()
    for frame, _line in failure.user_frames[-20:] or failure.frames[:1]:
        for scope in (frame.f_locals, frame.f_globals):
            if scope is frame.f_globals and id(scope) in seen:
                continue
            seen.add(id(scope))
            for name, value in list(scope.items())[:left]:
                left -= 1
                if type(name) is str and not name.startswith("__"):
                    yield name, value


def _size(value, depth):
    """Bytes, roughly: of a container a sample is measured. Only types of Python itself are asked: no code of the user's."""
    kind = type(value)
    if _is_one_of(kind, _PLAIN):
        return sys.getsizeof(value)
    if not _is_one_of(kind, _CONTAINERS):
        numpy = sys.modules.get("numpy")
        return value.nbytes if numpy is not None and kind is numpy.ndarray else 0
    own = sys.getsizeof(value)
    if depth == 0 or not value:
        return own
    items = value.items() if kind is dict else value
    step = max(1, len(value) // _SAMPLE) if _is_one_of(kind, (list, tuple)) else 1
    sample = list(itertools.islice(items, 0, _SAMPLE * step, step))
    return own + sum(_size(each, depth - 1) for each in sample) * len(value) // len(sample)


def _is_one_of(kind, kinds):
    # By identity: `in` would ask a metaclass of the user's.
    return any(kind is each for each in kinds)
