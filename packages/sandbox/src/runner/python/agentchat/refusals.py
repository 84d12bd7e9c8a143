"""Lets the PermissionError of a host file say which option would have had to grant it."""

import errno
import gc
import os

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


_Refused.__name__ = _Refused.__qualname__ = "PermissionError"
_Refused.__module__ = "builtins"


def install():
    """Finds Python's own table of the exception for each error number; later, in an image, nothing can be searched."""
    global _classes
    for found in gc.get_objects():
        if type(found) is dict and found.get(errno.EACCES) is PermissionError and errno.ENOENT in found:
            _classes = found
            return
    raise LookupError("no table of the exceptions of error numbers")


def name_options(option_of):
    """From now on: `option_of(path)` gives the option that was missing for an absolute path, or an empty text."""
    global _option_of
    _option_of = option_of
    _classes[errno.EACCES] = _Refused
