"""Hints for imports that fail."""

import pkgutil
import re
import sys

from ..packages.distribution import MODULES
from ..packages.unbuilt import UNBUILT
from .names import GONE_MODULES, OLD_MODULES
from .programs import installs, of_install
from .system import NO_PROCESSES, NO_SCREEN
from .text import nearest, quoted

_SCREENS = frozenset(
    "tkinter _tkinter turtle curses _curses PyQt5 PyQt6 PySide2 PySide6 wx gi kivy pyautogui pynput".split()
)
_PROCESSES = frozenset("_multiprocessing _posixsubprocess posixsubprocess pexpect".split())
_JAVASCRIPT = frozenset(("js", "pyodide_js"))
# Modules that no package brings, whatever an index has under their names.
NOT_PACKAGES = _PROCESSES | _JAVASCRIPT | {"tkinter", "_tkinter", "turtle", "curses", "_curses", "agentchat", "pyodide", "_pyodide"}
# What installs packages elsewhere.
_INSTALLERS = frozenset(("pip", "ensurepip", "venv", "virtualenv", "conda", "mamba", "uv", "pipenv", "easy_install"))


def of_import(failure):
    error = failure.error
    name = error.name
    if type(name) is not str or not name:
        return _of_screen(failure) or _of_runpy(failure)
    if not isinstance(error, ModuleNotFoundError):
        return _of_screen(failure) or _missing_name(error)
    top = name.split(".")[0]
    if top in _PROCESSES:
        return NO_PROCESSES
    if top in _SCREENS:
        return NO_SCREEN
    if top in _JAVASCRIPT:
        return "JavaScript cannot be reached from Python here: use Python's own modules, as urllib.request or httpx for the web."
    if top in OLD_MODULES:
        return f"{quoted(top)} is a module of Python 2, and here runs Python 3: use {OLD_MODULES[top]}."
    if top in GONE_MODULES:
        return f"{quoted(top)} was taken out of Python with version 3.12 or 3.13: use {GONE_MODULES[top]}."
    if name == "nest_asyncio":
        return "Remove nest_asyncio: here `asyncio.run(...)` and `await` at the top level work without it."
    if top in _INSTALLERS:
        return of_install(installs(failure) or [])
    if top == "google" and "colab" in failure.line_text():
        return "This is not Colab: remove the import. Files that are given by the option `files` lie in the working folder."
    return _missing_submodule(name, top) or _missing_package(top)


def _of_runpy(failure):
    # `runpy` says which module there is not without naming it.
    missing = re.match(r"No module named (\w+)", failure.message)
    return of_install(installs(failure) or []) if missing and missing[1] in _INSTALLERS else None


def _missing_package(top):
    here = {*sys.stdlib_module_names, *sys.modules, *(module.name for module in pkgutil.iter_modules())}
    package = MODULES.get(top)
    if package is not None:
        return f"{quoted(top)} is not in this image: ask for it by the option `packages: ['{package}']` or an `image` that holds it."
    if top in sys.stdlib_module_names:
        return f"{quoted(top)} is a part of Python that does not exist in WebAssembly: do without it."
    if top in UNBUILT:
        return f"{quoted(top)} has native code that is not built for WebAssembly, so it cannot be had here: use {UNBUILT[top]}."
    for module, package in MODULES.items():
        if package.lower().replace("-", "_") == top.lower():
            return f"The package {quoted(package)} is imported as {quoted(module)}; the option `packages: ['{package}']` brings it."
    meant = nearest(top, (each for each in (*here, *MODULES) if not each.startswith("_")))
    asking = f"`packages: ['{top}']` brings it when it exists as a package of pure Python"
    if meant is None:
        return f"{quoted(top)} is not in this image; the option {asking}. Otherwise do without it."
    if meant in here:
        return f"There is no module {quoted(top)} in this image; the nearest is {quoted(meant)}."
    return f"There is no module {quoted(top)} in this image; did you mean {quoted(meant)}, which the option `packages: ['{MODULES[meant]}']` brings?"


def _missing_submodule(name, top):
    parent, _, last = name.rpartition(".")
    module = sys.modules.get(parent)
    if not parent or module is None or top not in sys.modules:
        return None
    path = getattr(module, "__path__", None)
    if path is None:
        return f"{quoted(parent)} is a single module and has no part {quoted(last)}: import {quoted(parent)} and look with `dir({parent})`."
    meant = nearest(last, (each.name for each in pkgutil.iter_modules(path)))
    return f"{quoted(parent)} has no module {quoted(last)}" + (f"; did you mean {quoted(f'{parent}.{meant}')}?" if meant else ".")


def _missing_name(error):
    wanted = getattr(error, "name_from", None)
    module = sys.modules.get(error.name)
    if type(wanted) is not str or module is None:
        return None
    meant = nearest(wanted, list(vars(module)))
    if meant is not None:
        return f"{quoted(error.name)} has no {quoted(wanted)}; did you mean {quoted(meant)}?"
    return f"{quoted(error.name)} has no {quoted(wanted)}; look with `dir({error.name})`, and mind that versions differ."


def _of_screen(failure):
    return NO_SCREEN if "interactive framework" in failure.message or "backend" in failure.message else None
