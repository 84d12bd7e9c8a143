"""Generic interface to the databases of this Python, of which there is one kind: `dbm.dumb`, in files of plain text and bytes."""

import io
import os

__all__ = ["error", "open", "whichdb"]


class error(Exception):
    pass


error = (error, OSError)


def open(file, flag="r", mode=0o666):
    """Opens or makes a database: a mapping of bytes to bytes. `flag` is `r`, `w`, `c` (make it where it is missing) or `n`."""
    kind = None if "n" in flag else whichdb(file)
    if kind is None and "c" not in flag and "n" not in flag:
        raise error[0]("db file doesn't exist; use 'c' or 'n' flag to create a new db")
    if kind not in (None, "dbm.dumb"):
        raise error[0](f"db type is {kind or 'not known'}, but the module is not available")
    from . import dumb

    return dumb.open(file, flag, mode)


def whichdb(filename):
    """`dbm.dumb`, an empty text for another kind, or None where there is none."""
    name = os.fsdecode(filename)
    if os.path.exists(f"{name}.dat") and os.path.exists(f"{name}.dir"):
        with io.open(f"{name}.dir", "rb") as index:
            return "dbm.dumb" if index.read(1) in (b"'", b'"', b"") else ""
    return "" if os.path.exists(name) or os.path.exists(f"{name}.db") else None


