"""Standard input that is asked for line by line, when the host's caller answers while the code runs."""

import builtins
import io
import os
import sys

from .. import host

MAX_PROMPT = 10_000

_input = builtins.input
_open = io.open
_read = os.read
# What is set in these is for everybody.
_io, _os = vars(io), vars(os)
_NAMES = (0, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


class _AskedBytes(io.RawIOBase):
    """Descriptor 0: a line is asked for when nothing is left of the one before."""

    name = "<stdin>"
    mode = "rb"
    prompt = ""
    _left = b""

    def readable(self):
        return True

    def fileno(self):
        return 0

    def readinto(self, target):
        if not self._left:
            prompt, self.prompt = self.prompt, ""
            line, _ = host.call("input.request", prompt=prompt[-MAX_PROMPT:])
            # Nothing is the end of the input.
            self._left = b"" if line is None else f"{line}\n".encode()
        taken = self._left[: len(target)]
        self._left = self._left[len(taken) :]
        target[: len(taken)] = taken
        return len(taken)


def _asking_input(prompt="", /):
    asked = sys.__stdin__.buffer.raw if sys.stdin is sys.__stdin__ else None
    if type(asked) is not _AskedBytes:
        return _input(prompt)
    text = str(prompt)
    sys.stdout.write(text)
    sys.stdout.flush()
    asked.prompt = text
    line = sys.stdin.readline()
    asked.prompt = ""
    if not line:
        raise EOFError("EOF when reading a line")
    return line.removesuffix("\n")


def _asking_open(file, mode="r", *args, **kwargs):
    """`open(0)` has nothing of its own to read, so it reads what standard input does."""
    if type(file) not in (int, str) or file not in _NAMES or "r" not in mode or "+" in mode:
        return _open(file, mode, *args, **kwargs)
    source = sys.__stdin__.buffer
    return source if "b" in mode else io.TextIOWrapper(source, encoding="utf-8")


def _asking_read(descriptor, size, /):
    return sys.__stdin__.buffer.read1(size) if descriptor == 0 else _read(descriptor, size)


def begin(interactive):
    """A run begins: is there somebody to ask?"""
    builtins.input = _asking_input if interactive else _input
    builtins.open = _io["open"] = _asking_open if interactive else _open
    _os["read"] = _asking_read if interactive else _read
    if interactive:
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(_AskedBytes()), encoding="utf-8")
