"""Binds ahead what this package uses: a program may put its own things in the place of `print`, `open` or `os.read`, as
tests do, and cells are run and described all the same."""

import builtins
import importlib.abc
import importlib.machinery
import sys
import types

_PACKAGE = __name__.partition(".")[0]
# What a program changes in these is meant: where output goes, what is imported, what exists.
_LIVE = {"sys", "builtins", "gc", "_pyodide", "pyodide", _PACKAGE, "agentchat_tools", "agentchat_ffi"}

_builtins = dict(vars(builtins))
# By the identities of the modules; both live as long as the interpreter.
_kept = {}


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] != _PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, inner):
        self._inner = inner

    def create_module(self, spec):
        return self._inner.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._inner
        # A function looks up the builtins that its module had when it was made.
        module.__builtins__ = _builtins
        self._inner.exec_module(module)


def keep_builtins():
    """Modules of this package that are imported from here on have builtins of their own."""
    sys.meta_path.insert(0, _Finder())


def keep_modules():
    """Puts, in every module of this package, copies in the place of the modules that it has imported. What is set in a
    module later is set in the copy; where it is meant for everybody, it is set by `vars()`, which was taken before."""
    sys.meta_path[:] = [each for each in sys.meta_path if type(each) is not _Finder]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != _PACKAGE or name == __name__:
            continue
        for key, value in list(vars(module).items()):
            if _is_kept(value):
                setattr(module, key, _copy_of(value))


def _is_kept(value):
    return type(value) is types.ModuleType and value.__name__.partition(".")[0] not in _LIVE


def _copy_of(module):
    known = _kept.get(id(module))
    if known is not None:
        return known
    copy = _kept[id(module)] = types.ModuleType(module.__name__, module.__doc__)
    names = vars(copy)
    names.update(vars(module))
    for key, value in vars(module).items():
        # `os.path`, `importlib.machinery`: parts of a package are reached through it.
        if _is_kept(value) and (value.__name__.startswith(f"{module.__name__}.") or key == "path"):
            names[key] = _copy_of(value)
    return copy
