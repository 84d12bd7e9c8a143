"""What `get_ipython()` gives: commands of notebooks that are Python's own business do nothing, all others say so."""

import builtins
import os
import subprocess
import sys

from ..packages import installers, pip_commands

# They set up what is here anyway, or what has no meaning here.
_NEEDLESS = frozenset(
    "matplotlib pylab load_ext reload_ext unload_ext autoreload config precision xmode colors autoawait autocall automagic aimport".split()
)
_RUN_CELL = frozenset(("time", "timeit", "capture", "prun"))


class _Events:
    def register(self, event, function):
        pass

    unregister = trigger = register


class InteractiveShell:
    """False, so that libraries which ask whether a notebook is there find none; but not None."""

    ast_node_interactivity = "last_expr"

    def __init__(self):
        self.config = {}
        self.events = _Events()

    def __bool__(self):
        return False

    @classmethod
    def instance(cls, *_arguments, **_options):
        return _shell

    initialized = classmethod(lambda cls: False)

    @property
    def user_ns(self):
        return _program()

    user_global_ns = user_ns

    def run_line_magic(self, magic_name, line="", *_more):
        return _run_magic(magic_name, line)

    def run_cell_magic(self, magic_name, line="", cell=""):
        if magic_name not in _RUN_CELL:
            return _run_magic(magic_name, line)
        return self.run_cell(cell)

    def magic(self, arg_s):
        name, _, line = arg_s.lstrip("%").partition(" ")
        return _run_magic(name, line)

    def run_cell(self, raw_cell, *_more, **_options):
        exec(compile(raw_cell, "<cell>", "exec"), _program())

    def system(self, cmd):
        return os.system(cmd)

    system_raw = system_piped = system

    def getoutput(self, cmd, split=True, depth=0):
        text = subprocess.getoutput(cmd)
        return text.splitlines() if split else text

    def enable_matplotlib(self, gui=None):
        return gui, "agg"

    def enable_gui(self, gui=None):
        pass

    def __getattr__(self, name):
        raise AttributeError(f"get_ipython() is a stand-in here, which has no {name!r}: there is no notebook", name=name, obj=self)


_shell = InteractiveShell()


def _program():
    return sys.modules["__main__"].__dict__


def _run_magic(name, line):
    if name in _NEEDLESS:
        return None
    if name in ("pip", "conda", "mamba", "uv"):
        wanted = pip_commands.of_text(f"{name} {line}")
        if wanted is not None:
            return installers.install(wanted)
    if name == "env" and not line:
        return dict(os.environ)
    if name == "cd":
        return os.chdir(line.strip() or os.path.expanduser("~"))
    if name == "pwd":
        return os.getcwd()
    if name in ("time", "timeit"):
        return exec(line, _program())
    raise NotImplementedError(f"%{name} is a command of notebooks, and there is none here: write what it does in Python")


def get_ipython():
    """The shell of the notebook that is not there."""
    return _shell


def install():
    # Notebooks that were exported as programs call it without importing it.
    builtins.get_ipython = get_ipython
