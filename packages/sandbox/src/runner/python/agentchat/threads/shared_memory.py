"""`multiprocessing.shared_memory`: blocks that are shared by name within the program, as its threads share all memory."""

import errno
import os
import sys
import types

from ..library import libraries

_blocks = {}


class SharedMemory:
    """Creates a new shared memory block or attaches to an existing one of this program, by its name."""

    _buf = None

    def __init__(self, name=None, create=False, size=0, *, track=True):
        if size < 0:
            raise ValueError("'size' must be a positive integer")
        if create and size == 0:
            raise ValueError("'size' must be a positive number different from zero")
        if name is None and not create:
            raise ValueError("'name' can only be None if create=True")
        self._name = f"/psm_{os.urandom(4).hex()}" if name is None else f"/{name}"
        if create and self._name in _blocks:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self._name)
        if create:
            _blocks[self._name] = bytearray(size)
        self._buf = memoryview(self._block())
        self._size = len(self._buf)

    def _block(self):
        try:
            return _blocks[self._name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._name) from None

    @property
    def buf(self):
        "A memoryview of contents of the shared memory block."
        return self._buf

    @property
    def name(self):
        "Unique name that identifies the shared memory block."
        return self._name.removeprefix("/")

    @property
    def size(self):
        "Size in bytes."
        return self._size

    def close(self):
        """Closes access to the shared memory from this instance but does not destroy the shared memory block."""
        if self._buf is not None:
            self._buf.release()
            self._buf = None

    def unlink(self):
        """Requests that the underlying shared memory block be destroyed."""
        self._block()
        del _blocks[self._name]

    def __del__(self):
        try:
            self.close()
        except OSError:
            pass

    def __reduce__(self):
        return type(self), (self.name, False, self.size)

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r}, size={self.size})"


class SharedMemoryManager:
    """`multiprocessing.managers.SharedMemoryManager`: it destroys at its end what was made through it."""

    def __init__(self, *args, **kwargs):
        self._made = []

    def start(self, initializer=None, initargs=()):
        pass

    def shutdown(self):
        for block in self._made:
            if block._name in _blocks:
                block.unlink()
        self._made.clear()

    def SharedMemory(self, size):
        """Returns a new SharedMemory instance, with the specified size in bytes."""
        block = SharedMemory(None, create=True, size=size)
        self._made.append(block)
        return block

    def ShareableList(self, sequence):
        """Returns a new ShareableList instance populated with the values from the input sequence."""
        made = sys.modules["multiprocessing.shared_memory"].ShareableList(sequence)
        self._made.append(made.shm)
        return made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()


def _change(module):
    SharedMemory.__module__ = module.__name__
    module.SharedMemory = SharedMemory


def install():
    # The module imports it, and what it would do with it is done here.
    stand_in = types.ModuleType("_posixshmem")
    stand_in.shm_unlink = lambda name: _blocks.pop(name, None)
    sys.modules[stand_in.__name__] = stand_in
    libraries.when_imported("multiprocessing.shared_memory", _change)
