"""Connections for asyncio: `open_connection`, `create_connection`, `start_tls` and the socket operations of the loop."""

import asyncio
import ssl as _ssl

from pyodide.webloop import WebLoop

from .. import host
from . import dns, sockets, tls

_HIGH_WATER = 1 << 18


class Transport(asyncio.Transport):
    """One connection. Reads while the protocol wants bytes, and sends what is written in its order."""

    def __init__(self, loop, sock, protocol, extra=None):
        super().__init__(extra)
        self._loop, self._sock, self._protocol = loop, sock, protocol
        self._extra.update(socket=sock, sockname=sock.getsockname(), peername=sock.getpeername())
        self._closing = self._paused = self._ending = False
        self._unsent, self._unsent_size = [], 0
        self._reader = self._writer = None
        self._protocol_paused = False

    def begin(self):
        self._loop.call_soon(self._protocol.connection_made, self)
        self._loop.call_soon(self.resume_reading)

    def set_protocol(self, protocol):
        self._protocol = protocol

    def get_protocol(self):
        return self._protocol

    def is_closing(self):
        return self._closing

    def is_reading(self):
        return not self._paused and not self._closing

    def pause_reading(self):
        self._paused = True

    def resume_reading(self):
        self._paused = False
        if not self._closing and (self._reader is None or self._reader.done()):
            self._reader = self._loop.create_task(self._read())

    def write(self, data):
        if self._closing or not data:
            return
        self._unsent.append(bytes(data))
        self._unsent_size += len(data)
        if self._writer is None or self._writer.done():
            self._writer = self._loop.create_task(self._write())
        if self._unsent_size > _HIGH_WATER and not self._protocol_paused:
            self._protocol_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data):
        self.write(b"".join(list_of_data))

    def get_write_buffer_size(self):
        return self._unsent_size

    def get_write_buffer_limits(self):
        return 0, _HIGH_WATER

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def can_write_eof(self):
        return True

    def write_eof(self):
        self._ending = True
        if self._writer is None or self._writer.done():
            self._writer = self._loop.create_task(self._write())

    def close(self):
        if self._closing:
            return
        self._closing = True
        if self._writer is not None and not self._writer.done():
            self._writer.add_done_callback(lambda _: self._lost(None))
        else:
            self._lost(None)

    def abort(self):
        self._closing = True
        self._unsent.clear()
        self._lost(None)

    async def upgrade(self, context, server_hostname, protocol):
        """Begins TLS; afterwards `protocol` is told what comes."""
        tls.check_request(context, False, server_hostname)
        self.pause_reading()
        request = tls.handshake_request(context, server_hostname)
        facts, certificate = await host.call_async(
            "net.tls", connection=self._sock._open(), deadlineMs=None, **request
        )
        secure = _tls_socket(self._sock, context, server_hostname, facts, certificate)
        self._sock, self._protocol = secure, protocol
        self._extra.update(socket=secure, ssl_object=secure, sslcontext=context, cipher=secure.cipher())
        self._extra.update(peercert=secure.getpeercert(), compression=None)

    async def _read(self):
        try:
            while not self._paused and not self._closing:
                data = await self._sock.recv_async(host.CHUNK)
                if self._closing:
                    return
                if data:
                    self._deliver(data)
                elif not self._protocol.eof_received():
                    self.close()
                    return
                else:
                    return
        except Exception as error:
            self._closing = True
            self._lost(error)

    def _deliver(self, data):
        if not isinstance(self._protocol, asyncio.BufferedProtocol):
            self._protocol.data_received(data)
            return
        while data:
            room = memoryview(self._protocol.get_buffer(len(data)))
            count = min(len(room), len(data))
            room[:count] = data[:count]
            self._protocol.buffer_updated(count)
            data = data[count:]

    async def _write(self):
        try:
            while self._unsent:
                data = b"".join(self._unsent)
                self._unsent.clear()
                await self._sock.send_async(data)
                self._unsent_size -= len(data)
                if self._protocol_paused and self._unsent_size <= _HIGH_WATER // 2:
                    self._protocol_paused = False
                    self._protocol.resume_writing()
            if self._ending:
                await host.call_async("net.end", connection=self._sock._open())
        except Exception as error:
            self._closing = True
            self._lost(error)

    def _lost(self, error):
        protocol, self._protocol = self._protocol, None
        if protocol is None:
            return
        self._sock.close()
        self._loop.call_soon(protocol.connection_lost, error)


def _tls_socket(sock, context, server_hostname, facts, certificate):
    secure = tls.TlsSocket._create(
        sock, do_handshake_on_connect=False, server_hostname=server_hostname, context=context
    )
    secure.secured(facts, certificate)
    return secure


async def _create_connection(
    self,
    protocol_factory,
    host=None,
    port=None,
    *,
    ssl=None,
    family=0,
    proto=0,
    flags=0,
    sock=None,
    local_addr=None,
    server_hostname=None,
    ssl_handshake_timeout=None,
    ssl_shutdown_timeout=None,
    happy_eyeballs_delay=None,
    interleave=None,
    all_errors=False,
):
    if (sock is None) == (host is None and port is None):
        raise ValueError("host and port, or sock, must be specified")
    if server_hostname is not None and not ssl:
        raise ValueError("server_hostname is only meaningful with ssl")
    if sock is None:
        sock = sockets.Socket(family or 2)
        await sock.connect_async((host, port))
    protocol = protocol_factory()
    transport = Transport(self, sock, protocol)
    if ssl:
        context = _ssl.create_default_context() if ssl is True else ssl
        try:
            await transport.upgrade(context, server_hostname or host, protocol)
        except BaseException:
            sock.close()
            raise
    transport.begin()
    # The protocol hears of its connection before the caller does.
    await asyncio.sleep(0)
    return transport, protocol


async def _start_tls(self, transport, protocol, sslcontext, *, server_side=False, server_hostname=None, **_timeouts):
    await transport.upgrade(sslcontext, server_hostname, protocol)
    self.call_soon(transport.resume_reading)
    return transport


async def _sock_connect(self, sock, address):
    await sock.connect_async(address)


async def _sock_recv(self, sock, nbytes):
    return await sock.recv_async(nbytes)


async def _sock_recv_into(self, sock, buf):
    view = memoryview(buf).cast("B")
    data = await sock.recv_async(len(view))
    view[: len(data)] = data
    return len(data)


async def _sock_sendall(self, sock, data):
    await sock.send_async(data)


async def _getaddrinfo(self, host, port, *, family=0, type=0, proto=0, flags=0):
    return await dns.getaddrinfo_async(host, port, family=family, type=type)


def install():
    WebLoop.create_connection = _create_connection
    WebLoop.start_tls = _start_tls
    WebLoop.sock_connect = _sock_connect
    WebLoop.sock_recv = _sock_recv
    WebLoop.sock_recv_into = _sock_recv_into
    WebLoop.sock_sendall = _sock_sendall
    WebLoop.getaddrinfo = _getaddrinfo
