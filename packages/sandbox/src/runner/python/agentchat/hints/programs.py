"""Hints for programs that the code starts: pip, Python itself, and all others."""

import ast
import pathlib
import re
import shlex
import sys

from ..packages import installers, pip_commands
from ..programs import popen, transport
from .notebook import of_install
from .system import NO_PROCESSES

_PYTHON = re.compile(r"(?:python|pypy|py)[\d.]*(?:\.exe)?|")
# Ways to start one that go round `subprocess`, and fail each in its own words.
_OF_SYSTEM = re.compile(r"\bos\.(?:exec[lv]\w*|spawn[lv]\w*|posix_spawnp?|forkpty|openpty)\(|\bpty\.\w+\(")
_MAX_SOURCE = 200_000
_MAX_WORDS = 200


def of_program(failure):
    """A hint where starting a program failed, and more is known of it than that it is none of Python's."""
    asked = _of_frames(failure, installers.__file__, "install", "wanted")
    if asked is not None:
        return of_install(asked)
    words = _started(failure)
    if words is not None:
        wanted = pip_commands.of_words(words)
        return of_install(wanted) if wanted is not None else _of_python(words)
    hint = of_install_at(failure) if _is_exec(failure) else None
    return hint or (NO_PROCESSES if _OF_SYSTEM.search(failure.line_text()) else None)


def of_install_at(failure):
    """A hint where the failing line of the code is a command that installs."""
    line = failure.user_frames[-1][1] if failure.user_frames else None
    wanted = None if line is None else installs(failure, line)
    return None if wanted is None else of_install(wanted)


def installs(failure, line=None):
    """What the code wants to install, in the statement at `line` or anywhere; None where it has no such command."""
    source = "".join(failure.source_lines)
    if len(source) > _MAX_SOURCE:
        return None
    found = []
    for node, wanted in pip_commands.in_tree(ast.parse(source)):
        if line is None or node.lineno <= line <= node.end_lineno:
            found.append(wanted)
    return list(dict.fromkeys(name for wanted in found for name in wanted)) if found else None


def _is_exec(failure):
    return isinstance(failure.error, (OSError, AttributeError)) and re.search(r"\b(?:exec|spawn|posix_spawn)\w*\(", failure.line_text())


def _started(failure):
    """The words of the program that was being started."""
    given = _of_frames(failure, popen.__file__, "Popen.__init__", "args")
    if given is None:
        given = _of_frames(failure, transport.__file__, "_start", "args")
    return _words(given[0] if type(given) is tuple and len(given) == 1 and type(given[0]) is str else given)


def _of_frames(failure, file, function, name):
    """The value of a variable of ours, without calling anything of the user's."""
    for frame, _line in failure.frames:
        if frame.f_code.co_qualname == function and frame.f_code.co_filename == file:
            return frame.f_locals.get(name)
    return None


def _words(given):
    if type(given) is str:
        try:
            return shlex.split(given[:10_000], comments=True)[:_MAX_WORDS]
        except ValueError:
            return given[:10_000].split()[:_MAX_WORDS]
    if type(given) not in (list, tuple):
        return None
    found = []
    for each in given[:_MAX_WORDS]:
        if type(each) is bytes:
            found.append(each.decode("utf-8", "replace"))
        elif type(each) is str or type(each) is pathlib.PosixPath:
            found.append(str(each))
    return found


def _of_python(words):
    name = words[0].replace("\\", "/").rpartition("/")[2] if words else ""
    if not words or (_PYTHON.fullmatch(name) is None and words[0] != sys.executable):
        return None
    rest = [each for each in words[1:] if each not in ("-u", "-B", "-I", "-E", "-s", "-O")]
    start = "No second Python can be started from here; do it in this one: "
    if rest[:1] == ["-c"]:
        return f"{start}write the code itself, or `exec(...)` its text."
    if rest[:2] == ["-m", "pytest"]:
        return f"{start}`pytest.main([...])` runs tests when the option `packages: ['pytest']` has brought it."
    if rest[:2] == ["-m", "unittest"]:
        return f"{start}`unittest.main(argv=[\"\"], exit=False)` runs the tests of this code."
    if rest[:1] == ["-m"] and len(rest) > 1:
        if rest[1] in ("venv", "virtualenv", "ensurepip", "pip"):
            return "Environments and pip do not exist here: every execution starts fresh, with what the option `packages` names."
        return f"{start}`runpy.run_module({rest[1]!r}, run_name=\"__main__\")` runs a module."
    if rest and rest[0].endswith(".py"):
        return f"{start}import the file, or run it with `runpy.run_path({rest[0]!r}, run_name=\"__main__\")`."
    return f"{start}import what is needed, or use `runpy` and `exec`. Other programs of the host start when the option `allowRun` names them."
