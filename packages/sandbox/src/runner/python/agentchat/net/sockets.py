"""`socket.socket` for TCP clients, over connections that the host makes."""

import _socket
import errno
import os
import socket

from .. import host
from . import readiness


class Socket(socket.socket):
    """A stream socket whose bytes go through the host. Family, type, time-out and descriptor are Python's own."""

    _connection = None
    _buffer = b""
    _ended = False
    _local = _peer = None

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if type != -1 and type & 0xF == socket.SOCK_RAW:
            raise PermissionError(errno.EPERM, "only TCP connections exist here")
        super().__init__(family, type, proto, fileno)

    def connect(self, address):
        name, port = _destination(address)
        if self.type & 0xF != socket.SOCK_STREAM:
            raise OSError(errno.EPROTONOSUPPORT, "only TCP connections exist here")
        if self._connection is not None:
            raise OSError(errno.EISCONN, os.strerror(errno.EISCONN))
        value, _ = host.call("net.connect", host=name, port=port, deadlineMs=self._deadline(connecting=True))
        self._opened(value)

    def connect_ex(self, address):
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    async def connect_async(self, address):
        """What `loop.sock_connect` does."""
        name, port = _destination(address)
        value, _ = await host.call_async("net.connect", host=name, port=port, deadlineMs=None)
        self._opened(value)

    def send(self, data, flags=0):
        view = memoryview(data).cast("B")[: host.CHUNK]
        host.call("net.write", bytes(view), connection=self._open(), deadlineMs=self._deadline(connecting=True))
        return len(view)

    def sendall(self, data, flags=0):
        view = memoryview(data).cast("B")
        for start in range(0, len(view), host.CHUNK):
            self.send(view[start : start + host.CHUNK], flags)

    async def send_async(self, data):
        view = memoryview(data).cast("B")
        for start in range(0, len(view), host.CHUNK):
            chunk = bytes(view[start : start + host.CHUNK])
            await host.call_async("net.write", chunk, connection=self._open(), deadlineMs=None)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        return self.send(b"".join(buffers), flags)

    def recv(self, bufsize, flags=0):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if not self._buffer and not self._ended and bufsize:
            _, data = host.call("net.read", connection=self._open(), max=host.CHUNK, deadlineMs=self._deadline())
            self._arrived(data)
        return self._take(bufsize, flags)

    async def recv_async(self, bufsize):
        if not self._buffer and not self._ended and bufsize:
            _, data = await host.call_async("net.read", connection=self._open(), max=host.CHUNK, deadlineMs=None)
            self._arrived(data)
        return self._take(bufsize, 0)

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(min(nbytes or len(view), len(view)), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, bufsize, flags=0):
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    def recvmsg(self, bufsize, ancbufsize=0, flags=0):
        return self.recv(bufsize, flags), [], 0, None

    def shutdown(self, how):
        if how != socket.SHUT_RD:
            host.call("net.end", connection=self._open())
        if how != socket.SHUT_WR:
            self._ended = True

    def getpeername(self):
        self._open()
        return self._peer

    def getsockname(self):
        return self._local or ("0.0.0.0", 0)

    def setsockopt(self, *args):
        """The host sets what matters."""

    def getsockopt(self, level, option, buflen=0):
        value = int(self.type) if (level, option) == (socket.SOL_SOCKET, socket.SO_TYPE) else 0
        return value.to_bytes(4, "little")[:buflen] if buflen else value

    def detach(self):
        self._connection = None
        return super().detach()

    def dup(self):
        raise OSError(errno.EOPNOTSUPP, "a connection cannot be duplicated here")

    def bind(self, address):
        """A client may ask for its own address; the host chooses it."""

    def listen(self, backlog=0):
        raise OSError(errno.EOPNOTSUPP, "servers do not exist here: Python can only connect")

    def accept(self):
        raise OSError(errno.EOPNOTSUPP, "servers do not exist here: Python can only connect")

    def sendto(self, data, *args):
        raise OSError(errno.EOPNOTSUPP, "only TCP connections exist here")

    def take_over(self, other):
        """Becomes what `other` was: its connection, and what it has read ahead."""
        self._connection, self._buffer, self._ended = other._connection, other._buffer, other._ended
        self._local, self._peer = other._local, other._peer
        other._connection = None
        if self._connection is not None:
            readiness.register(self)

    @property
    def connection(self):
        """The host's number of the connection, or None."""
        return self._connection

    @property
    def at_hand(self):
        """Whether `recv` can answer without asking the host."""
        return bool(self._buffer) or self._ended

    def _real_close(self, _ss=_socket.socket):
        self._hang_up()
        super()._real_close(_ss)

    def __del__(self):
        self._hang_up()

    def _hang_up(self):
        if self._connection is not None:
            host.post("net.close", connection=self._connection)
            self._connection = None

    def _opened(self, value):
        self._connection = value["connection"]
        self._local, self._peer = tuple(value["local"]), tuple(value["peer"])
        readiness.register(self)

    def _open(self):
        # Not `_closed`: files made of this socket go on after its close().
        if self.fileno() < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if self._connection is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._connection

    def _deadline(self, connecting=False):
        timeout = self.gettimeout()
        if timeout is None or (connecting and timeout == 0):
            return None
        return min(timeout * 1000, host.LONGEST_MS)

    def _arrived(self, data):
        self._buffer = data
        self._ended = not data

    def _take(self, count, flags):
        data = self._buffer[:count]
        if not flags & getattr(socket, "MSG_PEEK", 2):
            self._buffer = self._buffer[count:]
        return data


def _destination(address):
    if not isinstance(address, tuple):
        raise OSError(errno.EAFNOSUPPORT, "only TCP connections exist here, to (host, port)")
    name, port = address[0], address[1]
    if isinstance(name, (bytes, bytearray)):
        name = name.decode("ascii")
    if not isinstance(name, str) or not isinstance(port, int):
        raise TypeError("an address is a host and a port")
    if not 0 <= port <= 65535:
        raise OverflowError("connect(): port must be 0-65535.")
    return name, port


def install():
    """Puts this where programs look for it."""
    Socket.__name__ = Socket.__qualname__ = "socket"
    socket.socket = socket.SocketType = Socket
