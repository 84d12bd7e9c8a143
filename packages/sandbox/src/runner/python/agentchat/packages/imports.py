"""Which modules a program imports that are not here: found before it runs, by reading it."""

import ast
import importlib.util
import sys
import warnings

from .. import json_text
from ..cell import unwrapping
from ..hints.imports import NOT_PACKAGES
from ..hints.names import GONE_MODULES, OLD_MODULES
from . import pip_commands

MAX_FOUND = 200
MAX_NAME = 200


def find(source):
    """JSON text: a list of the modules that `source` names in its imports and that cannot be imported here, each with its
    line, and of the packages that its commands would install. Those of a program that cannot be compiled are none of
    ours: running it says what is wrong."""
    commands = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parse(source.removeprefix("\ufeff"), commands)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return "[]"
    for node, wanted in pip_commands.in_tree(tree):
        _note_packages(node.lineno, wanted, commands)
    found = {}
    _look(tree.body, found)
    entries = [{"name": name, "line": line} for name, line in found.items()]
    for each, line in commands.items():
        name = pip_commands.name_of(each).replace("-", "_")
        if name.isidentifier():
            entries.append({"name": name, "line": line, "requirement": each})
    return json_text.dumps(entries[:MAX_FOUND])


def _parse(source, commands):
    if not unwrapping.has_prompt(source):
        try:
            return ast.parse(source)
        except SyntaxError:
            pass
    return ast.parse(unwrapping.unwrap(source, lambda line, wanted: _note_packages(line, wanted, commands)) or source)


def _note_packages(line, wanted, commands):
    for each in wanted:
        if each not in commands and len(each) <= MAX_NAME and not pip_commands.is_here(each):
            commands[each] = line
    return True


def _look(body, found):
    """Adds what the statements in `body` import. With a stack of its own: programs nest deeper than calls may."""
    waiting = list(reversed(body))
    while waiting and len(found) < MAX_FOUND:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                _note(alias.name, node.lineno, found)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module:
                _note(node.module, node.lineno, found)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            waiting.extend(reversed(node.orelse))
        elif isinstance(node, (ast.Try, ast.TryStar)) and _has_all(node.body):
            # What an `except ImportError` would import instead is not needed.
            waiting.extend(reversed([*node.body, *node.orelse, *node.finalbody]))
        else:
            if isinstance(node, ast.Call):
                _note_call(node, found)
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _has_all(body):
    """Does a `try` import something, and is all of it here?"""
    modules = []
    for node in body:
        if isinstance(node, ast.Import):
            modules.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules.append(node.module)
    return bool(modules) and all(_is_here(name.partition(".")[0]) for name in modules)


def _is_type_checking(test):
    return "TYPE_CHECKING" in (getattr(test, "id", None), getattr(test, "attr", None))


def _note_call(node, found):
    """`__import__("x")` and `importlib.import_module("x")`."""
    called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    if called not in ("__import__", "import_module") or not node.args:
        return
    name = getattr(node.args[0], "value", None)
    if type(name) is str:
        _note(name, node.lineno, found)


def _note(name, line, found):
    top = name.partition(".")[0]
    if name in found or len(name) > MAX_NAME or not name.isascii() or _is_here(top):
        return
    if all(part.isidentifier() for part in name.split(".")):
        found[name] = line


def _is_here(top):
    # A part of Python that does not exist in WebAssembly is not to be had from anywhere else under its name.
    if top in sys.modules or top in sys.stdlib_module_names or any(top in each for each in (OLD_MODULES, GONE_MODULES, NOT_PACKAGES)):
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
