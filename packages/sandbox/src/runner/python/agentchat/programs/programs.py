"""Programs of the host: how one is asked for, and what can be done with it. `popen.py` puts them where programs look."""

import errno
import os
import weakref

from .. import host

#: How long, in seconds, output is waited for whose writer outlives the program itself.
SETTLE = 0.25
_EVERY = 2**31 - 1
_MAX_REQUEST = 200_000
_base_environment = {}
_in_use = weakref.WeakSet()


def install():
    """What every interpreter begins with is no business of programs: it means nothing on the host."""
    _base_environment.update(os.environ)


def in_use():
    """The programs that somebody holds."""
    return list(_in_use)


class Program:
    """A program that the host has started. Deadlines are in seconds, or None."""

    def __init__(self, number):
        self.number = number
        self._users = 0

    def read(self, stream, deadline=None):
        _, data = host.call("run.read", program=self.number, stream=stream, max=host.CHUNK, deadlineMs=_ms(deadline))
        return data

    async def read_async(self, stream):
        _, data = await host.call_async(
            "run.read", program=self.number, stream=stream, max=host.CHUNK, deadlineMs=None
        )
        return data

    async def write_async(self, data):
        view = memoryview(data).cast("B")
        for start in range(0, len(view), host.CHUNK):
            chunk = bytes(view[start : start + host.CHUNK])
            await host.call_async("run.write", chunk, program=self.number, deadlineMs=None)

    def write(self, data):
        host.call("run.write", bytes(data), program=self.number, deadlineMs=None)

    def close_input(self):
        host.post("run.close-input", program=self.number)

    def wait(self, deadline=None):
        """The return code, or None when the deadline has passed."""
        return host.call("run.wait", program=self.number, deadlineMs=_ms(deadline))[0]

    async def wait_async(self, deadline=None):
        return (await host.call_async("run.wait", program=self.number, deadlineMs=_ms(deadline)))[0]

    def send_signal(self, number):
        host.call("run.kill", program=self.number, signal=_signal(number))

    def post_signal(self, number):
        host.post("run.kill", program=self.number, signal=_signal(number))

    def hold(self):
        """Somebody uses it: it is let go of when the last one does so."""
        self._users += 1
        _in_use.add(self)

    def let_go(self):
        self._users -= 1
        if self._users == 0:
            _in_use.discard(self)
            host.post("run.release", program=self.number)


def request(args, *, shell=False, executable=None, cwd=None, env=None, **streams):
    """What `run.start` is told, and what the program is called in an error."""
    if isinstance(args, (str, bytes, os.PathLike)):
        args = [args]
    args = [os.fsdecode(each) for each in args]
    if shell:
        program, rest = executable, ["-c", *args]
    elif not args and executable is None:
        raise IndexError("list index out of range")
    else:
        program, rest = (args[0] if executable is None else executable), args[1:]
    folder = _folder(cwd)
    if program is not None:
        program = os.fsdecode(program)
        if "/" in program:
            program = os.path.normpath(os.path.join(folder, program))
    if any("\0" in each for each in (program or "", *rest)):
        raise ValueError("embedded null byte")
    pairs = environment(env)
    if sum(map(len, rest)) + sum(len(name) + len(value) for name, value in pairs) > _MAX_REQUEST or len(rest) > 10_000:
        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
    if program == "" or len(program or "") > 4096:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    return {"program": program, "args": rest, "cwd": folder, "env": pairs, **streams}


async def start_async(asked):
    try:
        value, _ = await host.call_async("run.start", **asked)
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), asked["program"]) from None
    return Program(value["program"])


def environment(env):
    """Names and values for the host. Without `env` those of `os.environ`, but not what every interpreter begins with."""
    if env is None:
        env = os.environ
    pairs = [(os.fsdecode(name), os.fsdecode(value)) for name, value in env.items()]
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise ValueError("embedded null byte")
        if not name or "=" in name:
            raise ValueError("illegal environment variable name")
    if len(pairs) > 2000:
        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
    return [pair for pair in pairs if _base_environment.get(pair[0]) != pair[1]]


def _folder(cwd):
    if cwd is None:
        return os.getcwd()
    folder = os.path.join(os.getcwd(), os.fsdecode(cwd))
    if not os.path.isdir(folder):
        number = errno.ENOTDIR if os.path.exists(folder) else errno.ENOENT
        raise OSError(number, os.strerror(number), cwd)
    return os.path.normpath(folder)


def _signal(number):
    if not 1 <= number <= 64:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return int(number)


def _ms(deadline):
    return None if deadline is None else max(0, min(deadline * 1000, _EVERY))
