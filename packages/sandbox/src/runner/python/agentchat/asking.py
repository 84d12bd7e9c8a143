"""Standard input that is asked for line by line, when the host's caller answers while the code runs."""

import builtins
import io
import sys

from . import host

MAX_PROMPT = 10_000

_input = builtins.input


class AskedInput(io.TextIOBase):
    """`sys.stdin`: each line is asked for when it is read."""

    encoding = "utf-8"

    def readable(self):
        return True

    def readline(self, size=-1):
        return _next_line("")

    def read(self, size=-1):
        return "".join(iter(self.readline, ""))


def _asking_input(prompt="", /):
    text = str(prompt)
    sys.stdout.write(text)
    sys.stdout.flush()
    line = _next_line(text)
    if not line:
        raise EOFError("EOF when reading a line")
    return line[:-1]


def _next_line(prompt):
    """The next line with its end, or nothing at the end of the input."""
    value, _ = host.call("input.request", prompt=prompt[-MAX_PROMPT:])
    return "" if value is None else f"{value}\n"


def begin(interactive):
    """A run begins: is there somebody to ask?"""
    builtins.input = _asking_input if interactive else _input
    if interactive:
        sys.stdin = AskedInput()
