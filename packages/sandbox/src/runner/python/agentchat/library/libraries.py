"""Changes to libraries that expect a browser or a screen: made when they are imported."""

import importlib.abc
import importlib.machinery
import os
import sys
import types

from ..net import fetch
from ..net.httpcore_backend import make_backend
from ..show import figures, tables
from . import names

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
        names.give(module)

    def __getattr__(self, name):
        return getattr(self._inner, name)


def _change_httpcore(module):
    """Its asynchronous half does TLS in memory, which does not exist here."""
    async def init_backend(self):
        if not hasattr(self, "_backend"):
            self._backend = make_backend(module)()

    module.AutoBackend._init_backend = init_backend


def _change_pyodide_http(module):
    module.pyfetch = fetch.pyfetch
    module.open_url = fetch.open_url
    module.FetchResponse = fetch.FetchResponse


def _change_ctypes(module):
    """It loads libraries that were made for WebAssembly; who asks for one of the host's should learn where those are."""
    load = module._dlopen

    def dlopen(name, mode):
        try:
            return load(name, mode)
        except OSError as error:
            hint = 'libraries of the host are opened with the module "agentchat_ffi", as "allowFfi" grants them'
            # Emscripten looks for a missing file on the web.
            reason = str(error).replace("ReferenceError: XMLHttpRequest is not defined", "there is no such file here")
            raise OSError(f"{reason}; {hint}") from None

    module._dlopen = dlopen


def _change_certifi(module):
    """Linux distributions have theirs name a file of the system, and who uses it wants to see one."""
    if os.path.exists(module.where()):
        return
    path = "/tmp/certifi/cacert.pem"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("# The host checks certificates, with its own authorities.\n")
    except OSError:
        return
    module.where = lambda: path
    module.contents = lambda: ""


def when_imported(name, change):
    """Has `change` called with the module `name` once it has been imported."""
    _changes[name] = change


def install():
    # urllib3 would put its own half for browsers in the place of the ordinary one.
    stand_in = types.ModuleType("urllib3.contrib.emscripten")
    stand_in.inject_into_urllib3 = lambda: None
    sys.modules[stand_in.__name__] = stand_in
    # The second is where it was before version 0.17.
    _changes["httpcore._backends.auto"] = _changes["httpcore.backends.auto"] = _change_httpcore
    _changes["certifi"] = _change_certifi
    _changes["pyodide.http"] = _change_pyodide_http
    _changes["matplotlib"] = figures.change_matplotlib
    _changes["matplotlib.pyplot"] = figures.change_pyplot
    _changes["ctypes"] = _change_ctypes
    _changes["plotly.basedatatypes"] = tables.change_plotly
    sys.meta_path.insert(0, _Finder())
