"""What a program has left under way: another worker cannot have it, and nobody here can end it."""

import asyncio
import threading

from .. import json_text
from ..loops import waiting
from ..net import readiness
from ..programs import programs
from ..threads import turns

MAX_TEXT = 200


def left_behind():
    """The first ten of them, as JSON text."""
    return json_text.dumps(found()[:10])


def found():
    """Each in a few words."""
    tasks = asyncio.all_tasks(waiting.standing_loop)
    found = [f"the task {cut(task.get_name())} ({text_of(task.get_coro(), '__qualname__')})" for task in tasks]
    if turns.others():
        found += [f"the thread {cut(thread.name)}" for thread in threading.enumerate()[1:]] or ["a thread"]
    return found + list(_held_by_host())


def holds_of_host():
    """Whether there is something that another worker would have no right to."""
    return next(_held_by_host(), None) is not None


def _held_by_host():
    """What another worker would have no right to."""
    for sock in readiness.connections():
        host, port = sock.getpeername()[:2]
        yield f"a connection to {cut(str(host))}:{port} (descriptor {sock.fileno()})"
    for program in programs.in_use():
        yield f"a program of the host that was started (number {program.number})"


def text_of(value, attribute):
    """What an object says of itself, which may be anything."""
    try:
        text = getattr(value, attribute, None) or type(value).__name__
        return cut(str.__str__(text))
    except Exception:
        return "something without a name"


def cut(text):
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."
