"""Lets the PermissionError of a host file say which option would have had to grant it."""

import errno
import os

from .library import error_numbers

_option_of = None
_classes = None


class _Refused(PermissionError):
    """Only its text is another one: everything else about it is what it is derived from."""

    __slots__ = ()

    def __str__(self):
        option = self._option()
        return f"{super().__str__()} (not granted: {option})" if option else super().__str__()

    def _option(self):
        for name in (self.filename, self.filename2):
            option = isinstance(name, (str, bytes)) and _option_of(os.path.abspath(os.fsdecode(name)))
            if option:
                return option
        return None

    def __reduce__(self):
        _, args, *rest = super().__reduce__()
        return PermissionError, args, *rest


class Denied(_Refused):
    """What the host refused. Its text says what was asked for, and needs no number."""

    __slots__ = ()

    def __init__(self, message):
        super().__init__(errno.EACCES, message)

    def __str__(self):
        return self.strerror


for kind in (_Refused, Denied):
    kind.__name__ = kind.__qualname__ = "PermissionError"
    kind.__module__ = "builtins"


def install():
    global _classes
    _classes = error_numbers.exceptions_by_number()


def name_options(option_of):
    """From now on: `option_of(path)` gives the option that was missing for an absolute path, or an empty text."""
    global _option_of
    _option_of = option_of
    _classes[errno.EACCES] = _Refused
