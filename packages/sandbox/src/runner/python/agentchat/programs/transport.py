"""`asyncio.create_subprocess_exec` and `create_subprocess_shell`, over programs that the host starts."""

import asyncio

from pyodide.webloop import WebLoop

from . import programs
from .ends import Ends

_HIGH_WATER = 1 << 16
_NAMES = {1: "stdout", 2: "stderr"}


class ProgramTransport(asyncio.SubprocessTransport):
    def __init__(self, loop, protocol, program, ends):
        super().__init__()
        self._protocol, self._program, self._returncode = protocol, program, None
        program.hold()
        outgoing = ends.begin(program)
        self._pipes = {fd: _ReadPipe(loop, protocol, program, fd) for fd, name in _NAMES.items() if name in ends.piped}
        if "stdin" in ends.piped:
            self._pipes[0] = _WritePipe(loop, protocol, program)
        protocol.connection_made(self)
        for fd in _NAMES:
            if fd in self._pipes:
                self._pipes[fd].resume_reading()
        self._exit = loop.create_task(self._watch(outgoing))

    def get_pid(self):
        return self._program.number

    def get_returncode(self):
        return self._returncode

    def get_pipe_transport(self, fd):
        return self._pipes.get(fd)

    def send_signal(self, signal):
        if self._returncode is not None:
            raise ProcessLookupError
        self._program.post_signal(signal)

    def terminate(self):
        self.send_signal(15)

    def kill(self):
        self.send_signal(9)

    def close(self):
        for pipe in self._pipes.values():
            pipe.close()
        if self._returncode is None:
            self._program.post_signal(9)

    def is_closing(self):
        return self._returncode is not None

    async def _wait(self):
        await asyncio.shield(self._exit)
        return self._returncode

    async def _watch(self, outgoing):
        code = await self._program.wait_async()
        if outgoing:
            await asyncio.wait(outgoing, timeout=programs.SETTLE)
        self._returncode = code
        self._program.let_go()
        self._protocol.process_exited()


class _ReadPipe(asyncio.ReadTransport):
    def __init__(self, loop, protocol, program, fd):
        super().__init__()
        self._loop, self._protocol, self._program, self._fd = loop, protocol, program, fd
        self._paused, self._closed, self._reader = True, False, None
        program.hold()

    def is_closing(self):
        return self._closed

    def is_reading(self):
        return not self._paused and not self._closed

    def pause_reading(self):
        self._paused = True

    def resume_reading(self):
        self._paused = False
        if not self._closed and (self._reader is None or self._reader.done()):
            self._reader = self._loop.create_task(self._read())

    def close(self):
        self._lost(None)

    async def _read(self):
        try:
            while not self._paused and not self._closed:
                data = await self._program.read_async(_NAMES[self._fd])
                if self._closed:
                    return
                if not data:
                    self._lost(None)
                    return
                self._protocol.pipe_data_received(self._fd, data)
        except OSError as error:
            self._lost(error)

    def _lost(self, error):
        if not self._closed:
            self._closed = True
            self._program.let_go()
            self._protocol.pipe_connection_lost(self._fd, error)


class _WritePipe(asyncio.WriteTransport):
    def __init__(self, loop, protocol, program):
        super().__init__()
        self._loop, self._protocol, self._program = loop, protocol, program
        self._unsent, self._size, self._writer = [], 0, None
        self._ending = self._closed = self._waiting = False
        program.hold()

    def is_closing(self):
        return self._ending or self._closed

    def can_write_eof(self):
        return True

    def get_write_buffer_size(self):
        return self._size

    def write(self, data):
        if self._ending or self._closed or not data:
            return
        self._unsent.append(bytes(data))
        self._size += len(data)
        if self._size > _HIGH_WATER and not self._waiting:
            self._waiting = True
            self._protocol.pause_writing()
        self._go_on()

    def writelines(self, list_of_data):
        self.write(b"".join(list_of_data))

    def write_eof(self):
        self._ending = True
        self._go_on()

    def close(self):
        self.write_eof()

    def abort(self):
        self._unsent.clear()
        self.write_eof()

    def _go_on(self):
        if not self._closed and (self._writer is None or self._writer.done()):
            self._writer = self._loop.create_task(self._write())

    async def _write(self):
        error = None
        try:
            while self._unsent:
                data = b"".join(self._unsent)
                self._unsent.clear()
                await self._program.write_async(data)
                self._size -= len(data)
                if self._waiting and self._size <= _HIGH_WATER // 2:
                    self._waiting = False
                    self._protocol.resume_writing()
        except OSError as failure:
            error = failure
        if (self._ending or error is not None) and not self._closed:
            self._closed = True
            self._program.close_input()
            self._program.let_go()
            self._protocol.pipe_connection_lost(0, error)


async def _start(loop, protocol_factory, args, shell, options):
    for name in ("universal_newlines", "text", "encoding", "errors"):
        if options.pop(name, None):
            raise ValueError(f"{name} must be unset: only bytes here")
    if options.pop("bufsize", 0) != 0:
        raise ValueError("bufsize must be 0")
    ends = Ends(*(options.pop(name, None) for name in ("stdin", "stdout", "stderr")))
    try:
        program = await programs.start_async({**programs.request(args, shell=shell, **options), **ends.modes})
    except BaseException:
        ends.close()
        raise
    protocol = protocol_factory()
    return ProgramTransport(loop, protocol, program, ends), protocol


async def _subprocess_exec(self, protocol_factory, program, *args, **options):
    return await _start(self, protocol_factory, [program, *args], False, options)


async def _subprocess_shell(self, protocol_factory, cmd, **options):
    return await _start(self, protocol_factory, cmd, True, options)


def install():
    WebLoop.subprocess_exec = _subprocess_exec
    WebLoop.subprocess_shell = _subprocess_shell
