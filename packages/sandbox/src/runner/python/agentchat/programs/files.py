"""The streams of a program of the host: as files, and copied from and to others."""

import io
import os

from .. import host


class Output(io.RawIOBase):
    """What a program writes, as a file."""

    def __init__(self, program, stream):
        self.program, self.stream = program, stream
        self._rest = b""
        program.hold()

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.closed:
            raise ValueError("I/O operation on closed file")
        data = self._rest or self.program.read(self.stream)
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        self._rest = data[count:]
        return count

    def take_rest(self):
        rest, self._rest = self._rest, b""
        return rest

    def close(self):
        if not self.closed:
            super().close()
            self.program.let_go()


class Input(io.RawIOBase):
    """What a program reads, as a file."""

    def __init__(self, program):
        self.program = program
        program.hold()

    def writable(self):
        return True

    def write(self, data):
        if self.closed:
            raise ValueError("I/O operation on closed file")
        chunk = memoryview(data).cast("B")[: host.CHUNK]
        self.program.write(chunk)
        return len(chunk)

    def close(self):
        if not self.closed:
            super().close()
            self.program.close_input()
            self.program.let_go()


async def pump_out(program, stream, write, close):
    """Copies what a program writes, for as long as it does."""
    program.hold()
    try:
        while data := await program.read_async(stream):
            while data:
                try:
                    data = data[write(data) :]
                except OSError:
                    # Nobody takes it any more; the program must not wait for that.
                    data, write = b"", len
    finally:
        close()
        program.let_go()


async def pump_in(program, read, close):
    """Copies to a program until there is no more, or it does not want more."""
    program.hold()
    try:
        while data := await read():
            await program.write_async(data)
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        program.close_input()
        close()
        program.let_go()


def descriptor_writer(descriptor):
    """For `pump_out`: writes to a copy of a descriptor, which may be closed meanwhile."""
    copy = os.dup(descriptor)
    return (lambda data: os.write(copy, data)), (lambda: os.close(copy))


def descriptor_reader(descriptor):
    copy = os.dup(descriptor)

    async def read():
        return os.read(copy, host.CHUNK)

    return read, (lambda: os.close(copy))


def output_reader(output):
    """For `pump_in`: reads what another program writes, on from where `output` stands, which may be closed afterwards."""
    program, stream, rest = output.program, output.stream, output.take_rest()
    program.hold()

    async def read():
        nonlocal rest
        data, rest = rest, b""
        return data or await program.read_async(stream)

    return read, program.let_go


def output_of(file):
    """What another program writes, where that is what `file` reads; else None."""
    while isinstance(file, (io.TextIOWrapper, io.BufferedReader)):
        file = file.buffer if isinstance(file, io.TextIOWrapper) else file.raw
    return file if isinstance(file, Output) else None
