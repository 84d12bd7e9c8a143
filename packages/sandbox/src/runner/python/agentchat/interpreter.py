"""Runs one cell in `__main__`, like a notebook: statements, then the value of a last expression."""

import builtins
import contextvars
import gc
import os
import sys

from . import bound, host, json_text, native, refusals
from .cell import failure, last_error, lock_down, main, notebook, reading, seed, session, source_file, stacks, standard_streams, stdin
from .cell.leftovers import left_behind  # noqa: F401 (called by the runner's JavaScript)
from .library import error_numbers, key_derivation, libraries, local_time, manual, method_caller, missing, names, resources, signals, system, time_texts, time_zones
from .loops import event_loops, loop_policy, loop_selector, ready, standing_loop, waiting
from .loops.waiting import raise_in_waiters  # noqa: F401 (called by the runner's JavaScript)
from .net import dns, readiness, servers, sockets, streams, tls
from .packages import installers
from .packages.imports import find as find_imports  # noqa: F401 (called by the runner's JavaScript)
from .programs import popen, processes, programs, transport
from .refusals import name_options  # noqa: F401 (called by the runner's JavaScript)
from .show import displays, figures, result, tables, value_text
from .threads import in_process, threads
from .tools import awaiting, tools

_COROUTINE = 0x80
_ENVIRONMENT = {"HOME": "/workspace", "LANG": "C.UTF-8"}
_NO_RESULT = '"result":null,"resultText":null,"resultCut":false'
_context = None
_given = {}


def install():
    """Prepares the interpreter once, when an image is built."""
    # The runner's JavaScript finds this module here, without calling into Python's import system.
    import _pyodide

    # For programs to import: an image keeps what is in memory, and no files.
    import agentchat_ffi  # noqa: F401
    import agentchat_tools  # noqa: F401
    import dbm.dumb  # noqa: F401

    _pyodide.agentchat_cell = sys.modules[__name__]
    parts = (error_numbers, refusals, waiting, ready, threads, in_process, dns, sockets, readiness, tls, streams, popen, transport)
    for part in (*parts, libraries, seed, notebook, standing_loop, awaiting, event_loops, servers):
        part.install()
    installers.stand_in()
    standard_streams.install()
    if not hasattr(builtins, "exit"):
        import _sitebuiltins

        builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
        builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    sys.dont_write_bytecode = True
    # Emscripten makes some up; the granted ones come with each run and are never in an image.
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    for part in (displays, figures, tables, programs, processes, source_file, stacks, time_zones, local_time, time_texts, key_derivation, system, signals, manual, missing, resources, method_caller):
        part.install()
    names.install()
    main.install()
    reset(warming_up=True)


def freeze():
    """Last step of an image: what is in it is never garbage, so that no collection has to look at it."""
    reset()
    bound.keep_modules()
    gc.collect()
    gc.freeze()


def wake(ask, abandon, show, place, has_open_files, heap_bytes, mix, pause, set_zone, open_library=None):
    """First step of a worker that has come up from an image. `ask` and `abandon` are ways to the host, `show` tells it of
    a display, `place` gives a program its file, `heap_bytes` is the size of memory, `mix` is a part of scrypt, `pause` lets a
    stack wait, `set_zone` sets local time; `open_library` opens a library of the host, and is None where none is granted."""
    connect(ask, abandon, show, place, has_open_files, heap_bytes, mix, pause, set_zone, open_library)
    lock_down.install()
    reset()


def connect(ask, abandon, show, place, has_open_files, heap_bytes, mix, pause, set_zone, open_library=None):
    """These are the ways out of this worker; a session may have come from one that was granted something else."""
    ready.forget()
    host.connect_host(ask, abandon)
    displays.connect(show)
    source_file.connect(place)
    main.connect(has_open_files)
    resources.connect(heap_bytes)
    key_derivation.connect(mix)
    loop_selector.connect(pause)
    local_time.connect(set_zone)
    native.connect_libraries(open_library)


def reset(warming_up=False):
    """Forgets what earlier cells did, and draws new luck: a memory image freezes the state of `random`."""
    ready.forget()
    standard_streams.prepare()
    last_error.forget()
    seed.reset()
    main.begin(warming_up)


def run_cell(source, globals_json, args_json, max_result, env_json, interactive=False, tools_json=None, is_last=False):
    """Runs `source` and gives the fields of the end message as JSON text without its braces."""
    error = None
    try:
        _give_environment({} if env_json == "{}" else json_text.loads(env_json))
        value, error = _run(source, globals_json, args_json, interactive, tools_json)
        found = _NO_RESULT if error else result.fields_of(value, max_result)
        # Nothing that the program has made is held any more, so that its end frees it.
        value = None
        if _context is None or is_last:
            main.end(interrupted=error is not None and error["name"] == "KeyboardInterrupt")
        else:
            main.flush()
    except BaseException as escaped:
        # An interrupt that hit while the outcome was put together, or threads that wait for ever. What failed before is told.
        found, error = _NO_RESULT, error or failure.describe(escaped)
    return f'{found},"displaysDropped":{displays.dropped()},"error":{json_text.dumps(error)}'


def _give_environment(given):
    """The variables of this run, in place of those that an earlier one was given: a placeholder goes with its secret."""
    for name, value in _given.items():
        if name not in given and os.environ.get(name) == value:
            del os.environ[name]
    _given.clear()
    if given:
        _given.update(given)
        os.environ.update(given)
        if "TZ" in os.environ:
            local_time.tzset()


def _run(source, globals_json, args_json, interactive, tools_json):
    namespace = main.namespace()
    displays.begin()
    failure.keep_reserve()
    standard_streams.begin()
    stdin.begin(interactive)
    tools.begin(tools_json, namespace)
    if globals_json is not None:
        namespace.update(value_text.from_json(globals_json))
    # Each cell warns for itself, though it has the same lines as others.
    namespace.pop("__warningregistry__", None)
    source = source.removeprefix("\ufeff")
    name = source_file.remember(source)
    namespace["__file__"] = name
    sys.argv = [name.rpartition("/")[2], *json_text.loads(args_json)]
    try:
        body, last = reading.read(source, name, namespace, in_session=_context is not None)
    except (SyntaxError, ValueError, OverflowError, RecursionError) as error:
        last_error.keep(error.with_traceback(None))
        return None, failure.describe(error, "syntax")
    except MemoryError as error:
        return None, failure.describe(error.with_traceback(None), "memory")
    del source
    awaits = (body.co_flags | (0 if last is None else last.co_flags)) & _COROUTINE
    loop_policy.begin(in_loop=bool(awaits) or _context is not None)
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
    except BaseException as error:
        error.__traceback__ = failure.trace_of_program(error.__traceback__)
        return None, _failure_of(error)


def _failure_of(error):
    if isinstance(error, SystemExit):
        return _exit_error(error)
    last_error.keep(error)
    if isinstance(error, MemoryError):
        fields = failure.describe(error, "memory")
    else:
        main.tell_excepthook(error)
        fields = failure.describe(error)
    last_error.let_go_of_frames(error)
    return fields


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
    """`sys.exit()` and `sys.exit(0)` are success; what is no whole number goes to standard error, as in a terminal."""
    if error.code is None:
        return None
    if isinstance(error.code, int):
        return None if error.code == 0 else failure.describe(error)
    failure.write_to_stderr(f"{error.code}\n")
    fields = failure.describe(error)
    # A text of digits is no exit code, which the message is where it is a number.
    return {**fields, "message": repr(error.code)} if fields["message"].strip("-").isdecimal() else fields
