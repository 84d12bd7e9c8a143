"""Calls functions of native libraries of the host, as far as the option `allowFfi` grants them.

    import agentchat_ffi

    with agentchat_ffi.open("/usr/lib/x86_64-linux-gnu/libm.so.6") as libm:
        hypot = libm.function("hypot", ["f64", "f64"], "f64")
        print(hypot(3, 4))  # 5.0

Types: `i8` `i16` `i32` `i64` `isize`, `u8` `u16` `u32` `u64` `usize`, `f32` `f64`, `bool`, `pointer` (an address as an
int, 0 or None for NULL), `buffer` (parameters only) and `void` (results only).

A `buffer` is anything bytes-like, or None for NULL. What can be written, such as a bytearray, the function may change;
of what cannot, such as bytes, it gets a copy with a zero byte behind it. Neither may be used by it after the call.

Native code is held by nothing in Python: a wrong declaration can end the whole execution.
"""

import operator
import os
import struct

from agentchat import native

__all__ = ["Function", "Library", "open"]

_SLOT_BYTES = 8
_INTEGERS = {
    **{f"{sign}{bits}": (sign == "i", bits) for sign in "iu" for bits in (8, 16, 32, 64)},
    "isize": (True, 64),
    "usize": (False, 64),
    "pointer": (False, 64),
}
_FORMATS = {"f32": "f", "f64": "d", "bool": "?", "buffer": "x"} | {
    name: {8: "b", 16: "h", 32: "i", 64: "q"}[bits] if signed else {8: "B", 16: "H", 32: "I", 64: "Q"}[bits]
    for name, (signed, bits) in _INTEGERS.items()
}
_PARAMETERS = tuple(_FORMATS)
_RESULTS = (*(name for name in _FORMATS if name != "buffer"), "void")
_DOUBLE = struct.Struct("<d")


def open(path):
    """Opens a library. `path` is that of its file on the host; where all are granted, also a name such as `libm.so.6`.

    Raises PermissionError when `allowFfi` does not grant it, and OSError when it cannot be loaded.
    """
    name = os.fsdecode(path)
    if not name:
        raise ValueError("the path of a library is empty")
    if "\0" in name:
        raise ValueError("embedded null character in the path of a library")
    if "/" in name:
        name = os.path.abspath(name)
    return Library(name, native.open_library(name))


class Library:
    """A library that is open until `close()` or the end of its `with` block."""

    def __init__(self, path, handle):
        self.path = path
        self._handle = handle
        self._memory = {}

    def __repr__(self):
        return f"<{'closed' if self.closed else 'open'} library {self.path!r}>"

    def __enter__(self):
        self._check_open()
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def closed(self):
        return self._handle is None

    def close(self):
        """Closes it. Its functions cannot be called any more."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            handle.close()

    def function(self, name, parameters=(), result="void"):
        """Declares a function: the types of its parameters, and of its result. One with a variable number of
        parameters, such as printf, cannot be called. Raises AttributeError when the library has no such function."""
        self._check_open()
        if not isinstance(name, str):
            raise TypeError(f"name of a function must be str, not {type(name).__name__}")
        if isinstance(parameters, str):
            raise TypeError("parameters must be a list of types, not str")
        parameters = tuple(parameters)
        for kind in parameters:
            _check_type(kind, _PARAMETERS, f"parameter of {name}()")
        _check_type(result, _RESULTS, f"result of {name}()")
        return Function(self, name, parameters, result)

    def cstring(self, pointer, limit=2**20):
        """The bytes of the C string at an address, without the zero that ends it; at most `limit`."""
        length = self._memory_function("strnlen", ("pointer", "usize"), "usize")
        return self.read(pointer, length(_address(pointer), limit))

    def read(self, pointer, size):
        """`size` bytes of the memory at an address."""
        data = bytearray(size)
        self._memory_function("memcpy", ("buffer", "pointer", "usize"), "void")(data, _address(pointer), size)
        return bytes(data)

    def write(self, pointer, data):
        """Puts the bytes of `data` at an address."""
        size = memoryview(data).nbytes
        self._memory_function("memcpy", ("pointer", "buffer", "usize"), "void")(_address(pointer), data, size)

    def _memory_function(self, name, parameters, result):
        # The system's loader also looks into what a library needs itself, and that is the C library.
        self._check_open()
        key = name, parameters
        if key not in self._memory:
            self._memory[key] = self.function(name, parameters, result)
        return self._memory[key]

    def _check_open(self):
        if self.closed:
            raise ValueError(f"library {self.path!r} is closed")


class Function:
    """A function of a library, ready to be called."""

    def __init__(self, library, name, parameters, result):
        self.library = library
        self.name = self.__name__ = name
        self.parameters = parameters
        self.result = result
        formats = [_FORMATS[kind] for kind in parameters]
        self._slots = struct.Struct("<" + "".join(f"{each}{_SLOT_BYTES - struct.calcsize(each)}x" for each in formats))
        self._result = None if result == "void" else struct.Struct("<" + _FORMATS[result])
        self._memory = bytearray(max(self._slots.size, _SLOT_BYTES))
        self._call = library._handle.declare(name, ",".join(parameters), result, self._memory)
        if self._call is None:
            raise AttributeError(f"library {library.path!r} has no function {name!r}", name=name, obj=library)

    def __repr__(self):
        return f"<function {self.name}({', '.join(self.parameters)}) -> {self.result} of {self.library!r}>"

    def __call__(self, *arguments):
        self.library._check_open()
        if len(arguments) != len(self.parameters):
            raise TypeError(f"{self.name}() takes {len(self.parameters)} arguments, got {len(arguments)}")
        numbers, buffers = [], []
        for position, (kind, value) in enumerate(zip(self.parameters, arguments), 1):
            try:
                (buffers if kind == "buffer" else numbers).append(_CONVERTERS[kind](value))
            except (TypeError, OverflowError, BufferError, struct.error) as error:
                raise self._wrong_argument(error, position, kind, value) from None
        self._slots.pack_into(self._memory, 0, *numbers)
        self._call(*buffers)
        return None if self._result is None else self._result.unpack_from(self._memory)[0]

    def _wrong_argument(self, error, position, kind, value):
        where = f"argument {position} of {self.name}()"
        if isinstance(error, OverflowError):
            return OverflowError(f"{where} does not fit into {kind}: {value!r}")
        if isinstance(error, BufferError):
            return BufferError(f"{where}: {error}")
        needs = {"buffer": "a bytes-like object or None", "pointer": "an int or None"}.get(kind, kind)
        return TypeError(f"{where} must be {needs}, not {type(value).__name__}")


def _check_type(kind, allowed, what):
    if kind not in allowed:
        error = ValueError if isinstance(kind, str) else TypeError
        raise error(f"{what} must be one of {', '.join(allowed)}, not {kind!r}")


def _address(pointer):
    address = operator.index(pointer)
    if address == 0:
        raise ValueError("NULL pointer")
    return address


def _integer_to(signed, bits):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def convert(value):
        number = operator.index(value)
        if not low <= number <= high:
            raise OverflowError
        return number

    return convert


def _pointer(value):
    return 0 if value is None else _CONVERTERS["usize"](value)


def _double(value):
    if type(value) is not float:
        # Takes what has a value as a float, and no text.
        (value,) = _DOUBLE.unpack(_DOUBLE.pack(value))
    return value


def _single(value):
    number = _double(value)
    struct.pack("<f", number)
    return number


def _truth(value):
    if not isinstance(value, bool):
        raise TypeError
    return value


def _bytes_of(value):
    if value is None:
        return None
    # Of whatever items: `memoryview.cast` knows only those of `struct`. Imported here because few programs need it.
    from _pickle import PickleBuffer

    return PickleBuffer(value).raw()


_CONVERTERS = {
    **{kind: _integer_to(signed, bits) for kind, (signed, bits) in _INTEGERS.items()},
    "pointer": _pointer,
    "f32": _single,
    "f64": _double,
    "bool": _truth,
    "buffer": _bytes_of,
}
