"""What programs ask for on their way to a server or a local socket, so that they come to a refusal that says what is not there."""

import errno
import socket
from asyncio import base_events

from pyodide.webloop import WebLoop

from ..loops import event_loops

NO_SERVERS = "servers do not exist here: Python can only connect"
ONLY_TCP = "only TCP connections exist here"

_OPTIONS = {"SO_REUSEADDR": 2, "SO_REUSEPORT": 15}
_SERVICES = {
    **{"ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "ntp": 123, "imap2": 143, "ldap": 389},
    **{"https": 443, "submission": 587, "ldaps": 636, "imaps": 993, "pop3s": 995, "mysql": 3306, "postgresql": 5432},
}
_NAMES = {port: name for name, port in _SERVICES.items()}
_SERVER_CALLS = ("create_server", "create_unix_server", "connect_accepted_socket")
_LOCAL_CALLS = ("create_datagram_endpoint", "create_unix_connection")


def getservbyname(servicename, protocolname="tcp", /):
    """The port number of a service."""
    if not isinstance(servicename, str):
        raise TypeError(f"getservbyname() argument 1 must be str, not {type(servicename).__name__}")
    if servicename not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[servicename]


def getservbyport(port, protocolname="tcp", /):
    """The name of the service of a port."""
    if not 0 <= port <= 65535:
        raise OverflowError("getservbyport: port must be 0-65535.")
    if port not in _NAMES:
        raise OSError("port/proto not found")
    return _NAMES[port]


def _refused(name, text):
    async def refuse(self, *args, **kwargs):
        raise OSError(errno.EOPNOTSUPP, text)

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def install():
    for name, value in _OPTIONS.items():
        if not hasattr(socket, name):
            setattr(socket, name, value)
    socket.getservbyname, socket.getservbyport = getservbyname, getservbyport
    for names, text in ((_SERVER_CALLS, NO_SERVERS), (_LOCAL_CALLS, ONLY_TCP)):
        for name in names:
            for kind in (base_events.BaseEventLoop, event_loops.Loop, WebLoop):
                setattr(kind, name, _refused(name, text))
