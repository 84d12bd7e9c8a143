"""Changes to libraries that take another way into the network because this is WebAssembly: made when they are imported."""

import importlib.abc
import importlib.machinery
import sys
import types

from . import fetch
from .httpcore_backend import make_backend

_changes = {}


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        change = _changes.get(name)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Loader(spec.loader, change)
        return spec


class _Loader(importlib.abc.Loader):
    """Loads as `inner` does, then changes the module. Everything else is asked of `inner`."""

    def __init__(self, inner, change):
        self._inner, self._change = inner, change

    def create_module(self, spec):
        return self._inner.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._inner
        self._inner.exec_module(module)
        self._change(module)

    def __getattr__(self, name):
        return getattr(self._inner, name)


def _change_httpcore(module):
    """Its asynchronous half does TLS in memory, which does not exist here."""
    backend = make_backend(module)

    async def init_backend(self):
        if not hasattr(self, "_backend"):
            self._backend = backend()

    module.AutoBackend._init_backend = init_backend


def _change_pyodide_http(module):
    module.pyfetch = fetch.pyfetch
    module.open_url = fetch.open_url
    module.FetchResponse = fetch.FetchResponse


def install():
    # urllib3 would put its own half for browsers in the place of the ordinary one.
    stand_in = types.ModuleType("urllib3.contrib.emscripten")
    stand_in.inject_into_urllib3 = lambda: None
    sys.modules[stand_in.__name__] = stand_in
    _changes["httpcore._backends.auto"] = _change_httpcore
    _changes["pyodide.http"] = _change_pyodide_http
    sys.meta_path.insert(0, _Finder())
