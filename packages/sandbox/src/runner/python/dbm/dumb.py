"""A database in two files: `.dir` has a line for each key with its place, `.dat` has the values, each in blocks of 512 bytes."""

import ast
import collections.abc
import io
import os

__all__ = ["error", "open"]

_BLOCK = 512

error = OSError


class _Database(collections.abc.MutableMapping):
    def __init__(self, name, mode, flag):
        self._dir, self._dat, self._bak = (f"{name}.{end}" for end in ("dir", "dat", "bak"))
        self._mode, self._read_only = mode, flag == "r"
        self._index, self._changed = {}, False
        makes = flag in ("c", "n")
        for path in (self._dat, self._dir):
            if flag == "n" or (makes and not os.path.exists(path)):
                with self._open(path, "wb"):
                    pass
            elif not os.path.exists(path):
                raise FileNotFoundError(2, "No such file or directory", path)
        if flag == "n" and os.path.exists(self._bak):
            os.remove(self._bak)
        with io.open(self._dir, encoding="Latin-1") as lines:
            for line in lines:
                key, place = ast.literal_eval(line.rstrip())
                self._index[key.encode("Latin-1")] = place

    def _open(self, path, mode, encoding=None):
        return io.open(path, mode, encoding=encoding, opener=lambda path, flags: os.open(path, flags, self._mode))

    def sync(self):
        """Writes the index."""
        if getattr(self, "_index", None) is None or not self._changed:
            return
        if os.path.exists(self._dir):
            os.replace(self._dir, self._bak)
        with self._open(self._dir, "w", "Latin-1") as file:
            for key, place in self._index.items():
                file.write(f"{key.decode('Latin-1')!r}, {place!r}\n")
        self._changed = False

    def __getitem__(self, key):
        at, size = self._opened()[_bytes(key)]
        with io.open(self._dat, "rb") as file:
            file.seek(at)
            return file.read(size)

    def __setitem__(self, key, value):
        key, value = _bytes(key), _bytes(value, "values")
        self._check_writable()
        at, size = self._opened().get(key, (None, 0))
        with self._open(self._dat, "rb+") as file:
            if at is None or -(-len(value) // _BLOCK) > -(-size // _BLOCK):
                end = file.seek(0, 2)
                at = -(-end // _BLOCK) * _BLOCK
                file.write(b"\0" * (at - end))
            file.seek(at)
            file.write(value)
        self._index[key] = (at, len(value))
        self._changed = True

    def __delitem__(self, key):
        self._check_writable()
        del self._opened()[_bytes(key)]
        self._changed = True

    def keys(self):
        return list(self._opened())

    def iterkeys(self):
        return iter(self._opened())

    def items(self):
        return [(key, self[key]) for key in self._opened()]

    def __contains__(self, key):
        return _bytes(key) in self._opened()

    __iter__ = iterkeys

    def __len__(self):
        return len(self._opened())

    def close(self):
        try:
            self.sync()
        finally:
            self._index = None

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _opened(self):
        if self._index is None:
            raise error("DBM object has already been closed")
        return self._index

    def _check_writable(self):
        if self._read_only:
            raise error("The database is opened for reading only")


def _bytes(value, what="keys"):
    if isinstance(value, str):
        return value.encode("utf-8")
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{what} must be bytes or strings")
    return bytes(value)


def open(file, flag="c", mode=0o666):
    """Opens the database of this name, and makes it where `flag` lets it."""
    if flag not in ("r", "w", "c", "n"):
        raise ValueError("Flag must be one of 'r', 'w', 'c', or 'n'")
    return _Database(os.fsdecode(file), mode, flag)
