"""Runs one cell in `__main__`, like a notebook: statements, then the value of a last expression."""

import builtins
import contextvars
import gc
import io
import json
import os
import sys

from . import (
    asking,
    awaiting,
    displays,
    failure,
    figures,
    host,
    in_process,
    installers,
    libraries,
    lock_down,
    luck,
    main,
    names,
    native,
    notebook,
    popen,
    program_transport,
    programs,
    reading,
    readiness,
    refusals,
    result,
    session,
    sockets,
    streams,
    tables,
    threads,
    tls,
    tools,
    waiting,
)
from .imports import find as find_imports  # noqa: F401 (called by the runner's JavaScript)
from .refusals import name_options  # noqa: F401 (called by the runner's JavaScript)
from .waiting import raise_in_waiters  # noqa: F401 (called by the runner's JavaScript)

_COROUTINE = 0x80
_ENVIRONMENT = {"HOME": "/workspace", "LANG": "C.UTF-8"}
_NO_RESULT = '"result":null,"resultText":null,"resultCut":false'
_context = None
# Made before it is needed: opening it takes a fifth of what a small cell takes.
_spare_stdin = None


def install():
    """Prepares the interpreter once, when an image is built."""
    # The runner's JavaScript finds this module here, without calling into Python's import system.
    import _pyodide

    # For programs to import: an image keeps what is in memory, and no files.
    import agentchat_ffi  # noqa: F401
    import agentchat_tools  # noqa: F401

    _pyodide.agentchat_cell = sys.modules[__name__]
    parts = (refusals, waiting, threads, in_process, names, sockets, readiness, tls, streams, popen, program_transport)
    for part in (*parts, libraries, luck, notebook, awaiting):
        part.install()
    installers.stand_in()
    sys.stdout = sys.__stdout__ = _text_writer(1, "strict")
    sys.stderr = sys.__stderr__ = _text_writer(2, "backslashreplace")
    if not hasattr(builtins, "exit"):
        import _sitebuiltins

        builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
        builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    sys.dont_write_bytecode = True
    # Emscripten makes some up; the granted ones come with each run and are never in an image.
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    for part in (displays, figures, tables, programs):
        part.install()
    main.install()
    reset(warming_up=True)


def _text_writer(descriptor, errors):
    # As `python -u` does it: nothing is held back, so nothing is lost when the process is killed.
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, newline="\n", write_through=True)


def _open_stdin():
    return io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")


def freeze():
    """Last step of an image: what is in it is never garbage, so that no collection has to look at it."""
    reset()
    gc.collect()
    gc.freeze()


def wake(ask, abandon, show, has_open_files, open_library=None):
    """First step of a worker that has come up from an image. `ask` and `abandon` are ways to the host, `show` tells it of
    a display; `open_library` opens a library of the host, and is None where none is granted."""
    connect(ask, abandon, show, has_open_files, open_library)
    lock_down.install()
    reset()


def connect(ask, abandon, show, has_open_files, open_library=None):
    """These are the ways out of this worker; a session may have come from one that was granted something else."""
    host.connect_host(ask, abandon)
    displays.connect(show)
    main.connect(has_open_files)
    native.connect_libraries(open_library)


def reset(warming_up=False):
    """Forgets what earlier cells did, and draws new luck: a memory image freezes the state of `random`."""
    global _spare_stdin
    _spare_stdin = _open_stdin()
    sys.last_exc = sys.last_type = sys.last_value = sys.last_traceback = None
    luck.reset()
    main.begin(warming_up)


def run_cell(source, globals_json, args_json, max_result, env_json, interactive=False, tools_json=None):
    """Runs `source` and gives the fields of the end message as JSON text without its braces."""
    try:
        if env_json != "{}":
            os.environ.update(json.loads(env_json))
        value, error = _run(source, globals_json, args_json, interactive, tools_json)
        found = _NO_RESULT if error else result.fields_of(value, max_result)
        # Nothing that the program has made is held any more, so that its end frees it.
        value = None
        if _context is None:
            main.end()
        else:
            main.flush()
    except BaseException as escaped:
        # An interrupt that hit while the outcome was put together.
        found, error = _NO_RESULT, failure.describe(escaped)
    return f'{found},"displaysDropped":{displays.dropped()},"error":{json.dumps(error)}'


def _run(source, globals_json, args_json, interactive, tools_json):
    global _spare_stdin
    namespace = main.namespace()
    displays.begin()
    failure.keep_reserve()
    sys.argv = ["main.py", *json.loads(args_json)]
    sys.stdin = _spare_stdin or _open_stdin()
    _spare_stdin = None
    asking.begin(interactive)
    tools.begin(tools_json, namespace)
    if globals_json is not None:
        namespace.update(json.loads(globals_json))
    source = source.removeprefix("\ufeff")
    name = failure.remember_source(source)
    try:
        body, last = reading.read(source, name, namespace, in_session=_context is not None)
    except (SyntaxError, ValueError, OverflowError, RecursionError) as error:
        return None, failure.describe(error.with_traceback(None), "syntax")
    except MemoryError as error:
        return None, failure.describe(error.with_traceback(None), "memory")
    del source
    try:
        value = None
        try:
            _evaluate(body, namespace)
            if last is not None:
                value = _evaluate(last, namespace)
                displays.show_result(value)
                if _context is not None and value is not None:
                    # As interactive Python has it: a name of the program's own comes first.
                    builtins._ = value
        finally:
            figures.finish(value)
        return value, None
    except SystemExit as error:
        return None, _exit_error(error)
    except MemoryError as error:
        return None, failure.describe(error, "memory")
    except BaseException as error:
        main.tell_excepthook(error)
        return None, failure.describe(error)


def _evaluate(code, namespace):
    value = eval(code, namespace) if _context is None else _context.run(eval, code, namespace)
    if code.co_flags & _COROUTINE:
        return waiting.wait_for(value, _context)
    return value


def share_context():
    """From here on cells see the context variables that earlier ones have set; else each has a thread of its own."""
    global _context
    _context = contextvars.copy_context()


def _exit_error(error):
    """`sys.exit()` and `sys.exit(0)` are success; a text goes to standard error, as in a terminal."""
    if error.code is None or error.code == 0:
        return None
    if not isinstance(error.code, int):
        failure.write_to_stderr(f"{error.code}\n")
    return failure.describe(error)
