"""Hints for what an operating system has and this place has not: processes, threads, servers, a screen, a keyboard."""

import errno

from ..threads import turns
from .text import quoted

NO_PROCESSES = (
    "Other processes do not exist here, so os.fork and multiprocessing.Process do not work: do the work in this one, as "
    "multiprocessing.Pool and ProcessPoolExecutor do here. "
    "Programs of the host start only by subprocess, when the option `allowRun` names them."
)
NO_PROGRAM = (
    "Programs start only when the option `allowRun` names them: ask for that, or do it in plain Python (os, shutil and pathlib for commands "
    "of a shell)."
)
DEADLOCK = (
    "Threads take turns here, and each of them waits for another: for a lock that nobody gives back, a queue into which nobody puts "
    "anything, an event that nobody sets. Do what ends the waiting first (`put(None)`, `set()`, `release()`), or wait with a `timeout`."
)
NO_SERVERS = (
    "Servers do not exist here: nothing can listen at a port. Call the functions that the server would call; as a client, Python can use "
    "urllib.request or httpx with hosts that the option `allowNet` grants."
)
ONLY_TCP = (
    "Only TCP connections of a client exist here, no UDP and no local sockets: use urllib.request or httpx with hosts that the option "
    "`allowNet` grants."
)
NO_SCREEN = (
    "There is no screen here, so windows do not work. Draw with matplotlib, whose figures are shown by `plt.show()` or at the end without "
    "choosing a backend, or show an object with `display(...)`."
)
NO_INPUT = (
    "input() found nothing to read. Give the lines by the option `stdin`, or write the values into the code; nobody sits at a keyboard."
)
ONE_LOOP = (
    "`await` at the top level and `asyncio.run(main())` have an event loop each: make tasks, futures and connections in the one that awaits "
    "them, so within `main`, or all at the top level."
)

_PROCESS_CALLS = ("fork", "exec", "spawn", "popen", "system", "wait", "kill", "subprocess", "pipe")
_SCREEN_TEXTS = (
    "works only for figures managed by pyplot",
    "no display name",
    "couldn't connect to display",
    "cannot connect to X server",
    "No available video device",
    "interactive framework",
)


def of_missing_system(failure):
    error, message = failure.error, failure.message
    if message == turns.DEADLOCK:
        return DEADLOCK
    if '"allowRun"' in message:
        return NO_PROGRAM
    if "does not support processes" in message:
        return NO_PROCESSES
    if "servers do not exist here" in message:
        return NO_SERVERS
    if "only TCP connections exist here" in message:
        return ONLY_TCP
    if any(words in message for words in ("event loop", "running loop", "different loop")):
        return ONE_LOOP
    if isinstance(error, OSError) and error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
        line = failure.line_text()
        if any(word in line for word in _PROCESS_CALLS):
            return NO_PROCESSES
    return None


def of_missing_name(failure):
    """A name of `signal`, `socket` or `asyncio` that other systems have."""
    error = failure.error
    if getattr(error.obj, "__name__", None) in ("socket", "asyncio", "socketserver") and type(error.name) is str:
        return ONLY_TCP if "unix" in error.name.lower() else None
    if getattr(error.obj, "__name__", None) not in ("signal", "_signal") or type(error.name) is not str:
        return None
    return (
        f"`signal.{error.name[:40]}` does not exist here, since no signals come. For a time limit use `async with asyncio.timeout(seconds)` around what "
        "is awaited, or the option `timeoutSeconds`, which ends the whole execution."
    )


def of_input(failure):
    return NO_INPUT if failure.message == "EOF when reading a line" else None


def of_environment(failure):
    if not failure.frames or failure.frames[-1][0].f_code.co_qualname != "_Environ.__getitem__":
        return None
    name = failure.error.args[0] if failure.error.args else None
    if type(name) is not str:
        return None
    return (
        f"The environment variable {quoted(name)} is not here: the option `allowEnv: ['{name}']` passes it on when the host has it. Otherwise "
        f"use `os.environ.get(...)` with a default."
    )


def of_screen(failure):
    if any(text in failure.message for text in _SCREEN_TEXTS):
        return NO_SCREEN
    # OpenCV's windows.
    if failure.name == "error" and "imshow" in failure.line_text():
        return NO_SCREEN
    return None
