"""The network of httpcore (under httpx) for asynchronous code, over asyncio's streams."""

import asyncio


def make_backend(auto):
    """Made when it is first needed: base classes, in the module `auto`, and errors are httpcore's own."""
    import httpcore

    async def guarded(awaitable, timeout, on_timeout, on_error):
        try:
            return await asyncio.wait_for(awaitable, timeout)
        except TimeoutError as error:
            raise on_timeout(str(error)) from error
        except OSError as error:
            raise on_error(str(error)) from error

    class Stream(auto.AsyncNetworkStream):
        def __init__(self, reader, writer):
            self._reader, self._writer = reader, writer

        async def read(self, max_bytes, timeout=None):
            return await guarded(self._reader.read(max_bytes), timeout, httpcore.ReadTimeout, httpcore.ReadError)

        async def write(self, buffer, timeout=None):
            if buffer:
                self._writer.write(buffer)
                await guarded(self._writer.drain(), timeout, httpcore.WriteTimeout, httpcore.WriteError)

        async def aclose(self):
            self._writer.close()

        async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
            upgrade = self._writer.start_tls(ssl_context, server_hostname=server_hostname)
            await guarded(upgrade, timeout, httpcore.ConnectTimeout, httpcore.ConnectError)
            return self

        def get_extra_info(self, info):
            if info == "is_readable":
                return self._reader.at_eof()
            names = {"ssl_object": "ssl_object", "client_addr": "sockname", "server_addr": "peername", "socket": "socket"}
            return self._writer.get_extra_info(names.get(info, info))

    class Backend(auto.AsyncNetworkBackend):
        async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
            opening = asyncio.open_connection(host, port)
            return Stream(*await guarded(opening, timeout, httpcore.ConnectTimeout, httpcore.ConnectError))

        async def connect_unix_socket(self, path, timeout=None, socket_options=None):
            raise httpcore.ConnectError("Unix sockets do not exist here")

        async def sleep(self, seconds):
            await asyncio.sleep(seconds)

    return Backend
