"""Names of hosts: the host looks up those that are granted. And of interfaces, of which there seems to be one."""

import errno
import operator
import os
import socket

from .. import host

# Programs that describe their machine ask for its address.
_OWN_NAME = "sandbox"
_OWN_ADDRESSES = ("127.0.0.1",)
_INTERFACES = {1: "lo"}


def getaddrinfo(name, port, family=0, type=0, proto=0, flags=0):
    """Addresses of a host that is granted; others are refused before anybody is asked."""
    found = _OWN_ADDRESSES if name == _OWN_NAME else host.call("net.resolve", **_question(name, port))[0]
    return _infos(found, port, family, type)


async def getaddrinfo_async(name, port, *, family=0, type=0, proto=0, flags=0):
    found = _OWN_ADDRESSES if name == _OWN_NAME else (await host.call_async("net.resolve", **_question(name, port)))[0]
    return _infos(found, port, family, type)


def _question(name, port):
    if isinstance(name, (bytes, bytearray)):
        name = name.decode("ascii")
    return {"host": "localhost" if name in (None, "") else name, "port": _port(port) or None}


def _port(port):
    if port is None or isinstance(port, int):
        return port or 0
    text = port.decode("ascii") if isinstance(port, (bytes, bytearray)) else port
    services = {"http": 80, "https": 443, "ftp": 21, "ssh": 22, "smtp": 25, "postgresql": 5432}
    if text.isdecimal() or text in services:
        return services.get(text) or int(text)
    raise socket.gaierror(socket.EAI_SERVICE, f"Servname not supported: {text!r}")


def _infos(addresses, port, family, kind):
    infos = []
    for address in addresses:
        six = ":" in address
        of_family = socket.AF_INET6 if six else socket.AF_INET
        if family not in (0, of_family) or kind not in (0, socket.SOCK_STREAM):
            continue
        where = (address, _port(port), 0, 0) if six else (address, _port(port))
        infos.append((of_family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where))
    if not infos:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return infos


def gethostbyname(name):
    return getaddrinfo(name, None, socket.AF_INET)[0][4][0]


def gethostbyname_ex(name):
    return name, [], [info[4][0] for info in getaddrinfo(name, None, socket.AF_INET)]


def gethostname():
    return _OWN_NAME


def if_nameindex():
    """Returns a list of network interface information (index, name) tuples."""
    return list(_INTERFACES.items())


def if_nametoindex(oname, /):
    """Returns the interface index corresponding to the interface name."""
    for index, name in _INTERFACES.items():
        if os.fsencode(oname) == name.encode():
            return index
    raise OSError("no interface with this name")


def if_indextoname(index, /):
    """Returns the interface name corresponding to the interface index."""
    try:
        return _INTERFACES[operator.index(index)]
    except KeyError:
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO)) from None


def install():
    """Puts these where programs look for them."""
    names = (getaddrinfo, gethostbyname, gethostbyname_ex, gethostname, if_nameindex, if_nametoindex, if_indextoname)
    for function in names:
        setattr(socket, function.__name__, function)
    socket.getfqdn = lambda name="": name or gethostname()
