"""Hints for lines that are commands: of notebooks, of a shell, and those that install packages."""

import re

from ..packages import pip_commands
from ..packages.unbuilt import UNBUILT

_SHELL_WORDS = (
    "apt apt-get bash brew cat cd chmod chown clear conda cp curl df docker du echo env export find gcc git grep head kill ln ls make "
    "mkdir mv node npm npx pip pip3 ps pwd py pytest python python3 rm rmdir sed sh source sudo tail tar touch uname unzip uv wget "
    "which whoami yarn zip"
).split()
_SHELL = re.compile(rf"(?:[$%] )?(?:{'|'.join(map(re.escape, _SHELL_WORDS))})(?:\s+[\w./~$\"'*-].*)?")
_SHELL_NAME = re.compile(rf"(?:{'|'.join(map(re.escape, _SHELL_WORDS))})(?:\s+-{{1,2}}[\w-]+)*")
_SYSTEM_PACKAGE = re.compile(r"(?:[!%$]\s*)?(?:sudo\s+)?(?:apt|apt-get|brew|yum|dnf|apk|npm|gem|cargo)\s+(?:-\S+\s+)*(?:install|add|update|upgrade)\b")
_MAGICS = {
    "bash": "do it in Python, for instance with os, shutil or pathlib",
    "sh": "do it in Python, for instance with os, shutil or pathlib",
    "cd": "write `os.chdir(...)`",
    "pwd": "write `os.getcwd()`",
    "ls": "write `os.listdir()`",
    "env": "use `os.environ`",
    "time": "measure with `time.perf_counter()`",
    "timeit": "use `timeit.timeit(...)`",
    "prun": "use cProfile",
    "run": 'write `runpy.run_path("name.py", run_name="__main__")`',
    "writefile": 'write the text with `open("name", "w").write(...)`',
    "load": "write the code itself",
    "capture": "use `contextlib.redirect_stdout(...)`",
    "who": "write `dir()`",
    "whos": "write `dir()`",
    "html": "write `display({'text/html': ...}, raw=True)`",
    "sql": "use sqlite3",
}
NO_SHELL = "This line is a command for a shell, and there is none: do it in Python, for instance with os, shutil or pathlib."


def of_install(names):
    """What to do in the place of a command that installs these requirements."""
    missing = [each for each in names if not pip_commands.is_here(each)]
    if names and not missing:
        return "Nothing needs to be installed: what this asks for is there already. Remove the command."
    native = [name for name in map(pip_commands.name_of, missing) if name in UNBUILT]
    if native:
        return (
            f'"{native[0]}" has native code that is not built for WebAssembly, so it cannot be installed here: '
            f"use {UNBUILT[native[0]]}."
        )
    wanted = ", ".join(f"'{each}'" for each in missing[:5]) or "'name'"
    return (
        "Packages are not installed by commands in the code: remove this one, and ask for them by the option "
        f"`packages: [{wanted}]` or an `image` that holds them; `autoInstall: true` brings what the code imports."
    )


def of_line(line):
    """A hint for a line that does not compile, or None where it is no command."""
    wanted = pip_commands.of_line(line)
    if wanted is not None:
        return of_install(wanted)
    if _SYSTEM_PACKAGE.match(line):
        return "Packages of an operating system cannot be installed here: do without them, or use a Python package by the option `packages`."
    magic = re.match(r"%{1,2}(\w+)", line)
    if magic:
        return _of_magic(magic[0], magic[1])
    if line.startswith("!") or _SHELL.fullmatch(line):
        return NO_SHELL
    assigned = re.match(r"[\w, ]{1,80}=\s*([!%]\w.*)", line)
    if assigned:
        return of_line(assigned[1])
    if re.fullmatch(r"\?{1,2}[\w.]+|\??[\w.]+\?{1,2}", line):
        return "The question mark is a command of notebooks: write `help(...)` instead."
    return None


def _of_magic(shown, name):
    if name in ("matplotlib", "pylab"):
        return f"Remove this line: `{shown}` is a command of notebooks. Figures are shown without it, by `plt.show()` or at the end."
    instead = _MAGICS.get(name, "or write what it does in Python")
    return f"`{shown[:40]}` is a command of notebooks, not Python: remove it, {'and ' if name in _MAGICS else ''}{instead}."


def is_shell_name(line):
    """Whether a line that compiles is a command nevertheless, as `ls -la`."""
    return _SHELL_NAME.fullmatch(line) is not None
