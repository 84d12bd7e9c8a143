"""Stand-ins for what installs packages from the code. What is there already counts as installed; for all else the failure
says how packages are asked for."""

import importlib.abc
import importlib.machinery
import io
import os
import shlex
import subprocess
import sys

from . import pip_commands


class Done:
    """A program that has ended at once and well, as far as `subprocess.Popen` is used on one."""

    pid = 0
    returncode = 0

    def __init__(self, args, said, text, piped):
        self.args = args
        self.stdin = io.StringIO() if text else io.BytesIO()
        self.stdout = self.stderr = None
        for name, content in zip(piped, (said, "")):
            setattr(self, name, io.StringIO(content) if text else io.BytesIO(content.encode()))

    def communicate(self, input=None, timeout=None):
        return tuple(each.read() if each is not None else None for each in (self.stdout, self.stderr))

    def wait(self, timeout=None):
        return self.returncode

    def poll(self):
        return self.returncode

    def send_signal(self, sig):
        pass

    def terminate(self):
        pass

    kill = terminate

    def __enter__(self):
        return self

    def __exit__(self, *_failure):
        pass


def done(args, options):
    """What `Popen` gives for a command that installs only what is there; None for all others."""
    wanted = pip_commands.of_text(args) if type(args) is str else pip_commands.of_words(_words(args))
    if not wanted or not all(map(pip_commands.is_here, wanted)):
        return None
    said = "".join(f"Requirement already satisfied: {each}\n" for each in wanted)
    text = any(options.get(name) for name in ("text", "universal_newlines", "encoding", "errors"))
    return Done(args, said, text, [name for name in ("stdout", "stderr") if options.get(name) == subprocess.PIPE])


def _words(args):
    if type(args) not in (list, tuple):
        return []
    return [os.fsdecode(each) for each in args if isinstance(each, (str, bytes, os.PathLike))]


def install(wanted):
    """
    Takes requirements as installed that are there.
    @raises RuntimeError for any other: its hint says how to ask for it
    """
    missing = [each for each in wanted if not pip_commands.is_here(each)]
    if missing or not wanted:
        raise RuntimeError(f"Cannot install {', '.join(missing) or 'this'} from the code")


def run(words):
    """What `pip` does with its arguments: the exit code."""
    if words[:1] != ["install"]:
        raise RuntimeError(f"pip is a stand-in here that knows only `install`, not {' '.join(words[:1]) or 'this'}")
    install(pip_commands.requirements(words[1:]))
    return 0


def _main(args=None):
    return run(list(sys.argv[1:] if args is None else shlex.split(args) if isinstance(args, str) else args))


async def _install(requirements, *_arguments, **_options):
    install([requirements] if isinstance(requirements, str) else list(requirements))


def _fill(module):
    if module.__name__.startswith("pip") and module.__name__ != "piplite":
        module.main = _main
    else:
        module.install = _install


_PACKAGES = frozenset(("pip", "pip._internal", "pip._internal.cli"))
_NAMES = _PACKAGES | {"pip._internal.main", "pip._internal.cli.main", "micropip", "piplite"}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last, so that what is really installed is what is imported."""

    def find_spec(self, name, path, target=None):
        if name not in _NAMES:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=name in _PACKAGES)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        _fill(module)


def stand_in():
    sys.meta_path.append(_Finder())
