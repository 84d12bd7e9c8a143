"""`select.select`, `select.poll` and `selectors` for connections that the host holds: it knows which have bytes."""

import select
import selectors
import weakref

from .. import host

# By descriptor: programs ask about sockets and about their numbers.
_sockets = weakref.WeakValueDictionary()
_system_select, _system_poll = select.select, select.poll


def register(sock):
    """`sock` has become a connection."""
    _sockets[sock.fileno()] = sock


class Poll:
    """What `select.poll()` gives."""

    def __init__(self):
        self._system = _system_poll()
        self._events = {}

    def register(self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT):
        self._system.register(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def modify(self, fd, eventmask):
        self._system.modify(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def unregister(self, fd):
        self._system.unregister(fd)
        del self._events[_descriptor(fd)]

    def poll(self, timeout=None):
        ours = {fd: sock for fd in self._events if (sock := _connection(fd)) is not None}
        if not ours:
            return self._system.poll(timeout)
        ready = {}
        if len(ours) < len(self._events):
            ready.update((fd, event) for fd, event in self._system.poll(0) if fd not in ours)
        ready.update((fd, select.POLLOUT) for fd in ours if self._events[fd] & select.POLLOUT)
        asked = [sock for fd, sock in ours.items() if self._events[fd] & select.POLLIN]
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        for sock in _readable(asked, 0 if ready else seconds):
            ready[sock.fileno()] = ready.get(sock.fileno(), 0) | select.POLLIN
        return list(ready.items())


def select_(rlist, wlist, xlist, timeout=None):
    """What `select.select` does."""
    rlist, wlist, xlist = list(rlist), list(wlist), list(xlist)
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    ours = [thing for thing in rlist if _connection(thing) is not None]
    writable = [thing for thing in wlist if _connection(thing) is not None]
    if not ours and not writable and not any(_connection(thing) is not None for thing in xlist):
        return _system_select(rlist, wlist, xlist, timeout)
    rest = [[thing for thing in things if _connection(thing) is None] for things in (rlist, wlist, xlist)]
    ready = _system_select(*rest, 0) if any(rest) else ([], [], [])
    found = _readable([_connection(thing) for thing in ours], 0 if writable or any(ready) else timeout)
    return ready[0] + [thing for thing in ours if _connection(thing) in found], ready[1] + writable, ready[2]


def connections():
    """Every socket that the host holds a connection for."""
    return [sock for sock in list(_sockets.values()) if sock.connection is not None]


def _descriptor(thing):
    return thing if isinstance(thing, int) else thing.fileno()


def _connection(thing):
    """The connection behind a socket or a descriptor, if there is one."""
    sock = _sockets.get(_descriptor(thing))
    return sock if sock is not None and sock.connection is not None else None


def _readable(asked, timeout):
    """Those of `asked` that can be read without waiting, after waiting for at most `timeout` seconds for one."""
    at_once = [sock for sock in asked if sock.at_hand]
    others = {sock.connection: sock for sock in asked if not sock.at_hand}
    if not others:
        return at_once
    if at_once:
        timeout = 0
    deadline = None if timeout is None else min(timeout * 1000, host.LONGEST_MS)
    found, _ = host.call("net.readable", connections=list(others), deadlineMs=deadline)
    return at_once + [others[each] for each in found]


def install():
    """Puts these where programs look for them."""
    Poll.__name__ = Poll.__qualname__ = "poll"
    select.select, select.poll = select_, Poll
    selectors.PollSelector._selector_cls = Poll
    selectors.SelectSelector._select = staticmethod(select_)
