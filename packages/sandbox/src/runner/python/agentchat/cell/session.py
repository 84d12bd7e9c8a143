"""What Python itself knows of a session that is to be kept: names, and what is still under way."""

import functools
import gc
import os
import sys

from pyodide.ffi import JsProxy
from pyodide.webloop import WebLoop

from .. import json_text
from ..loops import ready
from ..packages import wheels
from ..show import value_text
from ..threads import turns
from . import leftovers, main, seed, source_file
from .leftovers import cut, text_of

MAX_NAMES = 200
MAX_PACKAGES = 500

# What every module has, and what a warning leaves behind.
_initial = frozenset(
    ("__name__", "__doc__", "__file__", "__package__", "__loader__", "__spec__", "__builtins__", "__warningregistry__")
)
# Timers of the event loop that are still to come: handle, what is called, and the delay.
_pending = {}


def begin():
    """The runs from here on belong to one session."""
    call_later = WebLoop.call_later
    WebLoop.call_later = functools.wraps(call_later)(lambda *args, **kwargs: _tracked(call_later, *args, **kwargs))
    source_file.number_cells()
    sys.modules["agentchat.interpreter"].share_context()


def _tracked(call_later, loop, delay, callback, *args, context=None):
    if delay <= 0:
        return call_later(loop, delay, callback, *args, context=context)
    key = object()

    def once(*args):
        _pending.pop(key, None)
        return callback(*args)

    handle = call_later(loop, delay, once, *args, context=context)
    _pending[key] = (handle, callback, delay)
    return handle


def woken():
    """The session has been woken up: what a program did not choose itself must not happen twice."""
    seed.draw()
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile._name_sequence = None


def under_way():
    """As JSON text: how many callbacks wait for the next turn of the event loop only, and what else is going on."""
    found = []
    for handle, callback, delay in list(_pending.values()):
        if not handle.cancelled() and not _belongs_to_task(callback):
            found.append(f"a timer of {delay:g} s for {text_of(callback, '__qualname__')}")
    found += leftovers.found()
    return json_text.dumps({"ready": ready.count(), "found": found[:10]})


def _belongs_to_task(callback):
    """Wakes a task that sleeps, or a thread: these are named themselves."""
    return callback is turns.time_is_over or getattr(callback, "__name__", "") == "_set_result_unless_cancelled"


def holders():
    """As JSON text: the top-level names that hold objects of JavaScript."""
    return json_text.dumps([cut(name) for name, value in _names() if isinstance(value, JsProxy)][:10])


def collect():
    """Frees what only circles of garbage hold."""
    gc.collect()


def unpack(path, target, max_bytes):
    """Unpacks a wheel; see there. What the import system has noted of the folder is out of date."""
    outcome = wheels.unpack(path, target, max_bytes)
    wheels.forget()
    return outcome


def describe():
    """As JSON text: the packages and the top-level names of the session."""
    names = _names()
    entries = [{"name": cut(name), "type": _type_name(value), "size": _size(value)} for name, value in names]
    report = {
        "pythonVersion": ".".join(map(str, sys.version_info[:3])),
        "packages": _packages()[:MAX_PACKAGES],
        "names": entries[:MAX_NAMES],
        "moreNames": max(0, len(entries) - MAX_NAMES),
    }
    return json_text.dumps(report)


def _names():
    items = list(dict.items(main.namespace()))
    return [(name, value) for name, value in items if type(name) is str and name and name not in _initial]


def _packages():
    found = []
    for folder in sys.path:
        if type(folder) is not str or not folder.endswith("site-packages"):
            continue
        try:
            entries = sorted(os.listdir(folder))
        except OSError:
            continue
        for entry in entries:
            name, _, version = entry.removesuffix(".dist-info").partition("-")
            if entry.endswith(".dist-info") and name and version:
                found.append({"name": cut(name), "version": cut(version)})
    return found


def _size(value):
    """Its own size in bytes, without what it refers to. Runs no code of the session."""
    for kind in type.__dict__["__mro__"].__get__(type(value)):
        own = type.__dict__["__dict__"].__get__(kind).get("__sizeof__")
        if own is None:
            continue
        try:
            size = own(value) if type(own) is type(object.__sizeof__) else object.__sizeof__(value)
        except Exception:
            return 0
        return size if type(size) is int and 0 <= size < 2**53 else 0
    return 0


def _type_name(value):
    return cut(value_text.type_name(value)) or "object"
