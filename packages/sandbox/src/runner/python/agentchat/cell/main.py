"""The program: its module `__main__`, and the end that CPython gives it."""

import atexit
import builtins
import gc
import io
import sys
import threading
import types

from ..loops import standing_loop
from ..threads import turns
from . import failure, last_error

_WRITERS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
_LIBRARY = "/lib/python"
_OWN_OBJECTS = 5
"""What a run makes beside the program: its arguments, its source, its context. More is worth a collection."""

# The interpreter's own, whatever the program puts in the place of `sys.modules`.
_modules = sys.modules
_module = None
_fresh_modules = frozenset()
_excepthooks = ()
_has_open_files = None
# What images and libraries have asked to be called at the end is not for the cells of a warm-up.
_warming_up = False


def install():
    """What is imported and set now is the interpreter's and not a program's."""
    global _fresh_modules, _excepthooks
    _fresh_modules = frozenset(_modules)
    _excepthooks = (sys.excepthook, sys.__excepthook__)


def connect(has_open_files):
    """A worker has come up: `has_open_files` says whether a file is open that may have something to be written."""
    global _has_open_files
    _has_open_files = has_open_files


def begin(warming_up=False):
    """A new program, in which nothing is defined."""
    global _module, _warming_up
    _warming_up = warming_up
    # What there is now, no collection has to look at.
    gc.freeze()
    _module = _modules["__main__"] = types.ModuleType("__main__")
    _module.__builtins__ = builtins


def namespace():
    """What is defined in `__main__`, which each program has for itself: its end lets go of everything in it."""
    if _module is None:
        begin(_warming_up)
    return _module.__dict__


def tell_excepthook(error):
    """Hands an exception that nobody caught to `sys.excepthook`, where the program has one of its own."""
    hook = getattr(sys, "excepthook", None)
    if hook is None or hook in _excepthooks:
        return
    try:
        hook(type(error), error, error.__traceback__)
    except SystemExit:
        pass
    except Exception as failed:
        failure.write_to_stderr(f"Error in sys.excepthook:\n{failure.describe(failed)['traceback']}")


def flush():
    """Between the cells of a session: what was written is in the files, also for other readers."""
    _flush_streams()
    _flush_all(_open_writers())


def end(interrupted=False):
    """The program has ended: threads, `atexit`, then all that it holds is let go of, and what is open is written. When it
    was interrupted, its threads are not waited for."""
    if not _warming_up:
        standing_loop.end(interrupted)
        if not interrupted:
            _end_threads()
        atexit._run_exitfuncs()
    _flush_streams()
    for name in ("stdin", "stdout", "stderr", "excepthook"):
        setattr(sys, name, getattr(sys, f"__{name}__", None))
    # The last value of a session.
    vars(builtins).pop("_", None)
    last_error.empty()
    # Held until all finalizers have run: they may write, and garbage collection closes in any order.
    writers = _open_writers()
    _flush_all(writers)
    _let_go()
    if writers:
        _flush_all(writers)
        del writers
        gc.collect()
    _flush_streams()


def _end_threads():
    for end in reversed(threading._threading_atexits):
        try:
            end()
        except Exception as error:
            failure.write_to_stderr(f"Exception ignored on threading shutdown:\n{failure.describe(error)['traceback']}")
    if turns.others():
        for thread in iter(_running_thread, None):
            thread.join()


def _running_thread():
    """One that the program waits for before it ends, as it does for all that are no daemons."""
    own = threading.main_thread()
    return next((each for each in threading.enumerate() if each is not own and not each.daemon), None)


def _let_go():
    global _module
    if len(_modules) > len(_fresh_modules):
        for name in _modules.keys() - _fresh_modules:
            if _is_own(_modules[name]):
                del _modules[name]
    identity = id(_module.__dict__)
    _module = None
    _modules.pop("__main__", None)
    if len(_objects()) <= _OWN_OBJECTS:
        return
    gc.collect()
    kept = [each for each in _objects() if id(each) == identity and type(each) is dict]
    if kept:
        # Something outside holds on to it, such as a hook: as CPython does with a module that is still in use then.
        _clear(kept.pop())
        gc.collect()


def _clear(namespace):
    """Private names first, then the others, in the order in which they were defined."""
    for is_private in (True, False):
        for name in list(namespace):
            if name != "__builtins__" and (type(name) is str and name[:1] == "_" and name[:2] != "__") == is_private:
                namespace[name] = None


def _is_own(module):
    """Whether a module is the program's and not a library's."""
    if not issubclass(type(module), types.ModuleType):
        return False
    file = types.ModuleType.__getattribute__(module, "__dict__").get("__file__")
    return type(file) is str and not file.startswith(_LIBRARY)


def _flush_streams():
    _flush_all((getattr(sys, "stdout", None), getattr(sys, "stderr", None)))


def _flush_all(writers):
    for each in writers:
        try:
            each.flush()
        except Exception:
            # It was closed, or there is no room for it.
            pass


def _open_writers():
    """What stands on another writer, as texts do and what compresses, comes before it."""
    if _has_open_files is None or not _has_open_files():
        return []
    writers = [each for each in _objects() if issubclass(type(each), _WRITERS)]
    return sorted(writers, key=_is_on_file)


def _objects():
    """What a collection looks at."""
    try:
        return gc.get_objects()
    except MemoryError:
        return []


def _is_on_file(writer):
    try:
        return not isinstance(writer, io.TextIOWrapper) and isinstance(writer.raw, io.FileIO)
    except ValueError:
        # It was detached.
        return False
