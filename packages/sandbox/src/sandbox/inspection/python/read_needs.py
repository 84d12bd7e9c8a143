"""Reads a program, which it never runs, and gives what that seems to need. `_source` is the program."""

import ast
import importlib.util
import re
import sys
import warnings

MOST = 200
MAX_CHARS = 300
_URL = re.compile(r"(https?|wss?|ftp)://(?:[^/?#@\s]*@)?([^/?#@:\s\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?=[/?#]|$)")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_CONNECT = {"create_connection": 0, "connect": 0, "open_connection": None, "HTTPConnection": 80, "HTTPSConnection": 443}
_READ = {"open", "Path", "PurePath", "listdir", "scandir", "walk", "glob", "iglob", "stat", "exists", "isfile", "isdir", "copy", "copyfile", "copytree", "loadtxt", "genfromtxt", "fromfile", "memmap", "imread"}
_WRITE = {"mkdir", "makedirs", "remove", "unlink", "rmdir", "rmtree", "rename", "replace", "chmod", "symlink", "link", "truncate", "savetxt", "save", "savez", "savefig", "imwrite"}
_SECOND_IS_WRITTEN = {"copy", "copyfile", "copytree", "copy2", "move", "rename", "replace", "symlink", "link"}
_RUN = {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput", "system", "popen", "create_subprocess_exec", "create_subprocess_shell", "execv", "execvp", "spawnv"}
_RUN_OWNERS = {"subprocess", "os", "asyncio", None}
_LOAD = {"CDLL", "PyDLL", "WinDLL", "LoadLibrary", "dlopen"}
_HIDDEN = {"exec", "eval", "compile", "__import__", "import_module", "getattr"}


class Needs:
    """What was found: for each kind its entries, each with the first line that has it."""

    def __init__(self):
        self.found = {kind: {} for kind in ("imports", "hosts", "paths", "programs", "variables", "libraries", "hidden")}
        self.reads_input = False
        # Calls of `Path` whose file is written and not read.
        self.written = set()

    def note(self, kind, line, *entry):
        entries = self.found[kind]
        if len(entries) < MOST and all(len(part) <= MAX_CHARS for part in entry if isinstance(part, str)):
            entries.setdefault(entry, line)


def _text(node):
    """The text of a constant, or the beginning of one that is put together; None for all else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        first = _text(node.values[0])
        return None if first is None else first + ("" if len(node.values) == 1 else "\0")
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod, ast.Div)):
        left = _text(node.left)
        return None if left is None else left + "\0"
    return None


def _number(node):
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _note_host(needs, line, text):
    for scheme, host, port in _URL.findall(text.replace("\0", " ")):
        if "{" not in host and "%" not in host:
            needs.note("hosts", line, host.lower(), int(port) if port else _PORTS[scheme])


def _note_address(needs, node, called):
    usual = _CONNECT[called]
    first = node.args[0]
    if isinstance(first, ast.Tuple) and len(first.elts) >= 2:
        host, port = _text(first.elts[0]), _number(first.elts[1])
    else:
        host, port = _text(first), _number(node.args[1]) if len(node.args) > 1 else usual
    if host and port and "\0" not in host and "/" not in host:
        needs.note("hosts", node.lineno, host.lower(), port)


def _note_path(needs, line, node, write):
    text = _text(node)
    # What is relative is in the working folder, and what begins so is Python's own.
    if text and text[0] == "/" and not re.match(r"/(workspace|tmp|dev/null|lib/python)(/|$|\0)", text):
        needs.note("paths", line, text.partition("\0")[0], write)


def _mode(node, at):
    given = node.args[at] if len(node.args) > at else next((each.value for each in node.keywords if each.arg == "mode"), None)
    return _text(given) or "r"


def _call(needs, node):
    called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    owner = getattr(node.func, "value", None)
    named = getattr(owner, "id", None) or getattr(owner, "attr", None)
    line = node.lineno
    if called == "input":
        needs.reads_input = True
    if called in _HIDDEN and (called != "getattr" or len(node.args) > 1 and _text(node.args[1]) is None):
        if called == "__import__" or called == "import_module":
            name = _text(node.args[0]) if node.args else None
            if name and "\0" not in name:
                return needs.note("imports", line, name)
        if called != "compile" or named is None:
            needs.note("hidden", line, called)
    if called == "getenv" and node.args and (name := _text(node.args[0])):
        needs.note("variables", line, name)
    if called == "get" and named == "environ" and node.args and (name := _text(node.args[0])):
        needs.note("variables", line, name)
    if not node.args:
        return None
    if called in _CONNECT:
        _note_address(needs, node, called)
    if called in _LOAD and (library := _text(node.args[0])):
        needs.note("libraries", line, library)
    if called in _RUN and named in _RUN_OWNERS:
        words = node.args[0].elts if isinstance(node.args[0], (ast.List, ast.Tuple)) else node.args
        command = _text(words[0]) if words else None
        if command and command.split():
            needs.note("programs", line, command.replace("\0", " ").split()[0])
    if isinstance(owner, ast.Call) and called in ("open", "write_text", "write_bytes", "mkdir", "unlink", "touch", "rmdir"):
        # Path("/data/x").write_text(...)
        if owner.args and (called != "open" or set(_mode(node, 0)) & set("wax+")):
            needs.written.add(id(owner))
            _note_path(needs, line, owner.args[0], True)
    writes = called in _WRITE or (called or "").startswith("to_") or called == "open" and bool(set(_mode(node, 1)) & set("wax+"))
    if id(node) not in needs.written and (called in _READ or writes or (called or "").startswith("read_")):
        _note_path(needs, line, node.args[0], writes)
    if called in _SECOND_IS_WRITTEN and len(node.args) > 1:
        _note_path(needs, line, node.args[1], True)
    return None


def _look(needs, tree):
    """With a stack of its own: programs nest deeper than calls may."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                needs.note("imports", node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module:
                needs.note("imports", node.lineno, node.module)
        elif isinstance(node, ast.Call):
            _call(needs, node)
        elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", getattr(node.value, "id", None)) == "environ":
            if name := _text(node.slice):
                needs.note("variables", node.lineno, name)
        elif isinstance(node, (ast.Constant, ast.JoinedStr)):
            text = _text(node)
            if text:
                _note_host(needs, node.lineno, text)
            if isinstance(node, ast.JoinedStr):
                waiting.extend(each for each in node.values if not isinstance(each, ast.Constant))
                continue
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _where(name):
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return "python"
    try:
        return "image" if importlib.util.find_spec(top) is not None else "missing"
    except (ImportError, ValueError):
        return "missing"


def _read(source):
    needs = Needs()
    problem = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _look(needs, ast.parse(source.removeprefix("\ufeff")))
    except SyntaxError as error:
        problem = {"message": str(error.msg)[:MAX_CHARS], "line": error.lineno}
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        problem = {"message": f"{type(error).__name__}: {error}"[:MAX_CHARS], "line": None}
    found = needs.found
    return {
        "problem": problem,
        "imports": [{"module": name, "line": line, "where": _where(name)} for (name,), line in found["imports"].items() if name.isascii()],
        "hosts": [{"host": host, "port": port, "line": line} for (host, port), line in found["hosts"].items()],
        "paths": [{"path": path, "write": write, "line": line} for (path, write), line in found["paths"].items()],
        **{
            kind: [{"name": name, "line": line} for (name,), line in found[kind].items()]
            for kind in ("programs", "variables", "libraries", "hidden")
        },
        "input": needs.reads_input,
    }


_read(_source)
